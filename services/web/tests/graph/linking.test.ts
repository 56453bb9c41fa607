import { describe, expect, test } from "vitest";
import { apply } from "@/graph/commands";
import { fittingOperations, LinkJudge, whyNot, whyNotBind, whyNotOrder } from "@/graph/linking";
import { type Catalogue, readOperation } from "@/graph/model";
import { aGraph, aNode, CATALOGUE, chain, OPERATIONS } from "./samples";

const table = { node: "a", output: "table" };
const why = (from: { node: string; output: string }, node: string, input: string) =>
  whyNot(chain(), CATALOGUE, from, { node, input });

describe("a data link", () => {
  test("that fits is not refused", () => {
    expect(why(table, "b", "more")).toBeNull();
  });

  test("is refused with both types", () => {
    expect(why({ node: "a", output: "count" }, "b", "more")).toEqual({
      code: "incompatible_types",
      found: "int",
      wanted: ["file"],
    });
    expect(why({ node: "b", output: "text" }, "c", "table")).toMatchObject({
      found: "text",
      wanted: ["csv", "tsv"],
    });
  });

  test("that would close a cycle is refused with the way round", () => {
    expect(why({ node: "c", output: "text" }, "b", "more")).toEqual({ code: "cycle", path: ["b", "c"] });
    expect(why({ node: "b", output: "text" }, "b", "more")).toEqual({ code: "self_link" });
  });

  test("into a full input, and one that exists, are refused", () => {
    const graph = apply(chain(), { type: "addNodes", nodes: [aNode("d")] }).graph;
    const from = { node: "d", output: "table" };
    expect(whyNot(graph, CATALOGUE, from, { node: "b", input: "table" })).toEqual({
      code: "too_many_inputs",
      max: 1,
    });
    expect(why(table, "b", "table")).toEqual({ code: "already_linked" });
  });

  test("from or to what does not exist is refused by its name", () => {
    expect(why({ node: "z", output: "o" }, "b", "more")).toEqual({ code: "unknown_node", node: "z" });
    expect(why(table, "z", "more")).toEqual({ code: "unknown_node", node: "z" });
    expect(why({ node: "a", output: "o" }, "b", "more")).toEqual({
      code: "unknown_port",
      node: "a",
      port: "o",
    });
    expect(why(table, "b", "constructor")).toEqual({ code: "unknown_port", node: "b", port: "constructor" });
    const lost = aGraph([aNode("x", { operation: "t/lost@1" }), aNode("y")]);
    expect(whyNot(lost, CATALOGUE, { node: "y", output: "table" }, { node: "x", input: "i" })?.code).toBe(
      "unknown_port",
    );
  });

  test("of a type that only a plugin of the server knows goes to its equal and to any file", () => {
    const scan = readOperation({ name: "scan", kind: "command", outputs: [{ name: "o", type: "dicom" }] });
    const show = readOperation({
      name: "show",
      kind: "command",
      inputs: [{ name: "same", types: ["dicom"] }, { name: "any" }, { name: "text", types: ["text"] }],
    });
    const graph = {
      ...aGraph([aNode("s", { operation: "scan" }), aNode("w", { operation: "show" })]),
      operations: { scan, show },
    };
    const judge = new LinkJudge(graph, new Map());
    const answers = ["same", "any", "text"].map((input) =>
      judge.whyNot({ node: "s", output: "o" }, { node: "w", input }),
    );
    expect(answers.map((answer) => answer?.code ?? null)).toEqual([null, null, "incompatible_types"]);
  });
});

test("an order-only link is refused for a cycle, for itself, twice and to nowhere", () => {
  const graph = chain();
  expect(whyNotOrder(graph, "a", "c")).toBeNull();
  expect(whyNotOrder(graph, "c", "a")).toEqual({ code: "cycle", path: ["a", "c"] });
  expect(whyNotOrder(graph, "a", "a")).toEqual({ code: "self_link" });
  expect(whyNotOrder(graph, "b", "c")).toEqual({ code: "already_linked" });
  expect(whyNotOrder(graph, "z", "c")).toEqual({ code: "unknown_node", node: "z" });
  expect(whyNotOrder(graph, "a", "z")).toEqual({ code: "unknown_node", node: "z" });
});

describe("a parameter bound to an output", () => {
  const bind = (output: string, node: string, parameter: string, from = "a") =>
    whyNotBind(chain(), CATALOGUE, { node: from, output }, { node, parameter });

  test("takes scalars of its type", () => {
    expect(bind("count", "b", "depth")).toBeNull();
    expect(bind("count", "b", "ratio")).toBeNull();
    expect(bind("table", "b", "depth")).toMatchObject({
      code: "incompatible_types",
      found: "csv",
      wanted: ["int"],
    });
    expect(bind("text", "c", "names", "b")?.code).toBe("incompatible_types");
    expect(bind("count", "b", "names")?.code).toBe("incompatible_types");
  });

  test("closes no cycle and is bound once", () => {
    expect(bind("count", "c", "depth")).toEqual({ code: "already_linked" });
    expect(bind("text", "a", "label", "c")?.code).toBe("cycle");
    expect(bind("count", "a", "rows")?.code).toBe("self_link");
  });

  test("exists, and so does the output", () => {
    expect(bind("count", "b", "deep")).toEqual({ code: "unknown_port", node: "b", port: "deep" });
    expect(bind("number", "b", "depth")).toEqual({ code: "unknown_port", node: "a", port: "number" });
    expect(bind("count", "z", "depth")?.code).toBe("unknown_node");
    expect(bind("count", "b", "depth", "z")?.code).toBe("unknown_node");
  });
});

describe("operations that fit", () => {
  const port = (name: string, types: readonly string[], min = 1) => ({ name, types, min });
  const operation = (name: string, fields: object) =>
    readOperation({ team: "t", name, kind: "command", status: "ready", ...fields });
  const catalogue: Catalogue = new Map(
    [
      operation("any", { inputs: [port("in", ["file"])] }),
      operation("csv", { inputs: [port("other", ["file"]), port("in", ["csv"])] }),
      operation("csv", { version: 2, inputs: [port("in", ["csv"])] }),
      operation("csv", { version: 3, status: "draft", inputs: [port("in", ["csv"])] }),
      operation("draft", { status: "draft", inputs: [port("in", ["csv"], 0)] }),
      operation("draft", { version: 2, status: "draft", inputs: [port("in", ["csv"], 0)] }),
      operation("old", { status: "deprecated", inputs: [port("in", ["csv"])] }),
      operation("gone", { status: "retired", inputs: [port("in", ["csv"])] }),
      operation("number", { inputs: [port("in", ["float"])], outputs: [{ name: "n", type: "int" }] }),
    ].map((found) => [`t/${found.name}@${found.version}`, found]),
  );
  const fitting = (end: Parameters<typeof fittingOperations>[1]) =>
    fittingOperations(catalogue, end).map((found) => `${found.reference} ${found.port}`);

  test("an output: the same type first, required before optional, then any file, deprecated ones last", () => {
    expect(fitting({ kind: "output", type: "csv" })).toEqual([
      "t/csv@2 in",
      "t/draft@2 in",
      "t/any@1 in",
      "t/old@1 in",
    ]);
    expect(fitting({ kind: "output", type: "int" })).toEqual(["t/number@1 in"]);
  });

  test("an input, by their outputs", () => {
    expect(fitting({ kind: "input", types: ["float", "str"] })).toEqual(["t/number@1 n"]);
    expect(
      fittingOperations(CATALOGUE, { kind: "input", types: ["file"] }).map((found) => found.operation),
    ).toEqual([OPERATIONS.make, OPERATIONS.read]);
  });
});
