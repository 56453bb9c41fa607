/** The outline and the search: what reads a graph to a person. */

import { describe, expect, test } from "vitest";
import { find } from "@/graph/find";
import { outline } from "@/graph/outline";
import { aGraph, aNode, CATALOGUE, chain } from "./samples";

describe("the outline", () => {
  const [a, b, c] = outline(chain(), CATALOGUE);

  test("has producers first, whatever the order in the graph", () => {
    const turned = { ...chain(), nodes: [...chain().nodes].reverse() };
    expect(outline(turned, CATALOGUE).map((node) => node.id)).toEqual(["a", "b", "c"]);
  });

  test("shows of each output where it goes", () => {
    expect(a?.title).toBe("Make a table");
    expect(a?.outputs).toEqual([
      {
        name: "table",
        type: "csv",
        known: true,
        targets: [
          { node: "b", title: "b", port: "table", kind: "input", link: "data:a.table>b.table" },
          { node: "c", title: "c", port: "table", kind: "input", link: "data:a.table>c.table" },
        ],
      },
      {
        name: "count",
        type: "int",
        known: true,
        targets: [
          { node: "c", title: "c", port: "depth", kind: "parameter", link: "binding:a.count>c.depth" },
        ],
      },
    ]);
  });

  test("shows of each input what comes in, and of each parameter its value", () => {
    expect(b?.inputs).toEqual([
      {
        name: "table",
        types: ["csv", "tsv"],
        min: 1,
        max: 1,
        known: true,
        sources: [{ node: "a", output: "table", title: "Make a table", link: "data:a.table>b.table" }],
      },
      { name: "more", types: ["file"], min: 0, max: -1, known: true, sources: [] },
    ]);
    expect(a?.parameters).toMatchObject([
      { name: "rows", set: true, boundTo: "size", boundOutput: null },
      { name: "label", set: false, value: null, boundTo: null },
    ]);
    expect(c?.parameters[0]).toMatchObject({ name: "depth", boundOutput: { node: "a", output: "count" } });
  });

  test("shows order-only links at both ends", () => {
    expect(b?.before).toEqual([{ node: "c", title: "c", link: "order:b>c" }]);
    expect(c?.after).toEqual([{ node: "b", title: "b", link: "order:b>c" }]);
  });

  test("shows what the operation does not have, and nodes of a cycle last", () => {
    const graph = aGraph([
      aNode("x", {
        operation: "lost",
        title: "Lost",
        inputs: { i: [{ node: "gone", output: "o" }] },
        parameters: { p: 1 },
        after: ["y"],
      }),
      aNode("y", { after: ["x"], inputs: { i: [{ node: "x", output: "o" }] } }),
      aNode("z", { after: ["nowhere"] }),
    ]);
    const found = outline(graph, CATALOGUE);
    expect(found.map((node) => node.id)).toEqual(["z", "x", "y"]);
    expect(found[0]?.after).toEqual([{ node: "nowhere", title: "nowhere", link: "order:nowhere>z" }]);
    expect(found[1]).toMatchObject({
      title: "Lost",
      known: false,
      inputs: [{ name: "i", known: false, sources: [{ node: "gone", title: "gone" }] }],
      outputs: [{ name: "o", type: "", known: false, targets: [{ node: "y" }] }],
      parameters: [{ name: "p", declaration: null, value: 1, set: true }],
    });
  });
});

describe("the search", () => {
  const graph = aGraph([
    aNode("load", { title: "Load digits", comment: "from the lake" }),
    aNode("fit-1", { operation: "t/read@1", parameters: { depth: 12, names: ["alpha", "beta"] } }),
    aNode("fit-2", { operation: "t/read@1", parameters: { depth: { $param: "deep" } } }),
    aNode("fit-3", {
      operation: "t/read@1",
      parameters: { depth: { $output: { node: "load", output: "count" } } },
    }),
  ]);
  const nodes = (query: string) => find(graph, CATALOGUE, query).map((match) => match.node);

  test("finds by title, id, operation, comment and value, best first", () => {
    expect(nodes("load")).toEqual(["load", "fit-3"]);
    expect(nodes("FIT")).toEqual(["fit-1", "fit-2", "fit-3"]);
    expect(nodes("read")).toEqual(["fit-1", "fit-2", "fit-3"]);
    expect(nodes("lake")).toEqual(["load"]);
    expect(nodes("beta")).toEqual(["fit-1"]);
    expect(nodes("deep")).toEqual(["fit-2"]);
    expect(nodes("make a table")).toEqual(["load"]);
  });

  test("wants every word, in any order, and nothing of nothing", () => {
    expect(nodes("12 fit")).toEqual(["fit-1"]);
    expect(nodes("fit lake")).toEqual([]);
    expect(nodes("  ")).toEqual([]);
  });

  test("says where the word stands; the start of a word comes before its middle", () => {
    expect(find(graph, CATALOGUE, "dig")[0]).toEqual({
      node: "load",
      title: "Load digits",
      field: "title",
      text: "Load digits",
      start: 5,
      end: 8,
    });
    expect(find(graph, CATALOGUE, "alpha")[0]).toMatchObject({ field: "parameter", name: "names", start: 0 });
    const two = aGraph([aNode("a", { title: "reload" }), aNode("b", { title: "load" })]);
    expect(find(two, CATALOGUE, "load").map((match) => match.node)).toEqual(["b", "a"]);
  });

  test("marks no wrong place where small letters are longer", () => {
    const [match] = find(aGraph([aNode("a", { title: "İİ load" })]), CATALOGUE, "load");
    expect(match).toMatchObject({ text: "İİ load", start: 0 });
  });
});
