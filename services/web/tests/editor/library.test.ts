import { expect, test } from "vitest";
import { differingLines } from "@/editor/dialogs/differingLines";
import { entriesOf, matching } from "@/editor/library/entries";
import { apply } from "@/graph/commands";
import { fittingOperations } from "@/graph/fitting";
import { freePlace, insertLinked } from "@/graph/insertion";
import { readGraph, readOperation } from "@/graph/model";
import { CATALOGUE, GRAPH } from "./sample";

test("the library offers the newest version that is no draft, and the graph's own operations first", () => {
  const own = readGraph({ operations: { mine: { name: "mine", kind: "command" } } });
  const entries = entriesOf(own, CATALOGUE);

  expect(entries.map(({ reference }) => reference)).toEqual(["mine", "lab/fetch@1", "lab/train@1"]);
});

test("what is deprecated comes last", () => {
  const old = readOperation({ team: "lab", name: "abacus", kind: "command", status: "deprecated" });
  const entries = entriesOf(readGraph({}), new Map([["lab/abacus@1", old], ...CATALOGUE]));

  expect(entries.at(-1)?.reference).toBe("lab/abacus@1");
  expect(entries.length).toBeGreaterThan(1);
});

test("titles are found before descriptions, and files apart from operations", () => {
  const file = readOperation({
    team: "lab",
    name: "numbers",
    kind: "file",
    description: "what train reads",
    artifact: { digest: "0", size: 1 },
  });
  const entries = entriesOf(readGraph({}), new Map([...CATALOGUE, ["lab/numbers@1", file]]));
  const names = (query: string, part: "all" | "operations" | "files") =>
    matching(entries, query, part).map(({ reference }) => reference);

  expect(names("train", "all")).toEqual(["lab/train@1", "lab/numbers@1"]);
  expect(names("train", "files")).toEqual(["lab/numbers@1"]);
  expect(names("train nothing", "all")).toEqual([]);
});

test("a link that was dropped brings a node that is linked, as one step", () => {
  const [fitting] = fittingOperations(CATALOGUE, { kind: "output", type: "csv" });
  if (!fitting) throw new Error("nothing fits");
  const held = { output: { node: "fetch", output: "table" } };
  const { graph } = apply(GRAPH, insertLinked(GRAPH, fitting, held, { x: 11, y: 19 }));

  expect(graph.nodes.at(-1)).toMatchObject({
    id: "train-2",
    inputs: { table: [{ node: "fetch", output: "table" }] },
    position: { x: 20, y: 20 },
  });
});

test("a free place is beside what stands there already", () => {
  expect(freePlace(GRAPH, { x: 100, y: 20 })).toEqual({ x: 940, y: 20 });
  expect(freePlace(GRAPH, { x: 100, y: 300 })).toEqual({ x: 100, y: 300 });
});

test("the difference of two texts shows what changed, and two lines around it", () => {
  const lines = differingLines("a\nb\nc\nd\ne\nf", "a\nb\nc\nX\ne\nf");

  expect(lines.map(({ side, text }) => `${side} ${text}`)).toEqual([
    "both b",
    "both c",
    "theirs d",
    "mine X",
    "both e",
    "both f",
  ]);
  expect(differingLines("same", "same")).toEqual([]);
});

test("lines in between that are equal are no difference", () => {
  const sides = differingLines("1\nk\n2", "3\nk\n4").map(({ side, text }) => `${side} ${text}`);
  expect(sides).toEqual(["theirs 1", "mine 3", "both k", "theirs 2", "mine 4"]);
});
