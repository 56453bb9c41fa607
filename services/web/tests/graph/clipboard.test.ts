import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { bindToParameter } from "@/graph/bindings";
import { addedIds, ClipboardError, copy, duplicate, paste } from "@/graph/clipboard";
import { apply } from "@/graph/commands";
import { EMPTY_GRAPH, type GraphDocument, nodeOf, readGraph, writeGraph } from "@/graph/model";
import * as any from "./arbitraries";
import { aGraph, aNode, CATALOGUE, chain, OPERATIONS } from "./samples";

vi.setConfig({ testTimeout: 60_000 });

const AT = { x: 1000, y: 1000 };

function pasted(into: GraphDocument, text: string): { graph: GraphDocument; ids: string[] } {
  const command = paste(into, text, AT);
  return { graph: apply(into, command).graph, ids: addedIds(command) };
}

describe("a paste", () => {
  test("into the same graph takes fresh ids and keeps inner links, also those of order and bindings", () => {
    const { graph, ids } = pasted(chain(), copy(chain(), ["a", "b", "c"], CATALOGUE));
    expect(ids).toEqual(["a-2", "b-2", "c-2"]);
    expect(nodeOf(graph, "c-2")).toMatchObject({
      inputs: { table: [{ node: "a-2", output: "table" }], more: [{ node: "b-2", output: "text" }] },
      parameters: { depth: { $output: { node: "a-2", output: "count" } } },
      after: ["b-2"],
    });
    expect(graph.parameters).toEqual(chain().parameters);
    expect(nodeOf(graph, "c-2")?.position).toEqual({ x: 1600, y: 1040 });
    expect(pasted(graph, copy(graph, ids, CATALOGUE)).ids).toEqual(["a-3", "b-3", "c-3"]);
  });

  test("drops links to what was not copied", () => {
    const { graph } = pasted(EMPTY_GRAPH, copy(chain(), ["c"], CATALOGUE));
    expect(graph.nodes).toEqual([
      { ...nodeOf(chain(), "c"), inputs: {}, parameters: {}, after: [], position: AT },
    ]);
  });

  test("brings the graph parameters that are bound", () => {
    const { graph } = pasted(EMPTY_GRAPH, copy(chain(), ["a"], CATALOGUE));
    expect(graph.parameters).toEqual(chain().parameters);
    expect(nodeOf(graph, "a")?.parameters).toEqual({ rows: bindToParameter("size") });
  });

  test("renames a graph parameter whose name stands for another type", () => {
    const into = readGraph({ parameters: [{ name: "size", type: "str" }] });
    const { graph } = pasted(into, copy(chain(), ["a"], CATALOGUE));
    expect(graph.parameters.map((parameter) => [parameter.name, parameter.type])).toEqual([
      ["size", "str"],
      ["size_2", "int"],
    ]);
    expect(nodeOf(graph, "a")?.parameters).toEqual({ rows: bindToParameter("size_2") });
  });

  test("drops a binding to a parameter that is declared nowhere", () => {
    const graph = aGraph([aNode("a", { parameters: { rows: bindToParameter("lost"), label: "x" } })]);
    expect(nodeOf(pasted(EMPTY_GRAPH, copy(graph, ["a"], CATALOGUE)).graph, "a")?.parameters).toEqual({
      label: "x",
    });
  });

  test("brings embedded operations that the catalogue has not; another one of that name gets a fresh key", () => {
    const { make, read } = OPERATIONS;
    const from = {
      ...aGraph([aNode("x", { operation: "mine" }), aNode("y")]),
      operations: { mine: make, "t/make@1": make },
    };
    const text = copy(from, ["x", "y"], CATALOGUE);
    const fresh = pasted(EMPTY_GRAPH, text).graph;
    expect(Object.keys(fresh.operations)).toEqual(["mine"]);
    const equal = pasted({ ...EMPTY_GRAPH, operations: { mine: make } }, text).graph;
    expect(Object.keys(equal.operations)).toEqual(["mine"]);
    const other = pasted({ ...EMPTY_GRAPH, operations: { mine: read } }, text).graph;
    expect(other.operations).toEqual({ mine: read, "mine-2": make });
    expect(nodeOf(other, "x")?.operation).toBe("mine-2");
    expect(nodeOf(other, "y")?.operation).toBe("t/make@1");
  });

  test("takes a whole graph in JSON, and puts nodes without a place in a row", () => {
    const { graph } = pasted(EMPTY_GRAPH, JSON.stringify(writeGraph(aGraph([aNode("a"), aNode("b")]))));
    expect(graph.nodes.map((node) => node.position)).toEqual([AT, { x: 1320, y: 1000 }]);
  });

  test("copies parameters whose names would trade places", () => {
    const from = aGraph(
      [aNode("a", { parameters: { rows: bindToParameter("p"), label: bindToParameter("p_2") } })],
      { parameters: [{ name: "p", type: "int" }, { name: "p_2" }] },
    );
    const into = readGraph({ parameters: [{ name: "p" }, { name: "p_2", type: "int" }] });
    const { graph } = pasted(into, copy(from, ["a"], CATALOGUE));
    expect(nodeOf(graph, "a")?.parameters).toEqual({
      rows: bindToParameter("p_3"),
      label: bindToParameter("p_2_2"),
    });
  });
});

test("what is copied and pasted into an empty graph is the same graph again", () => {
  fc.assert(
    fc.property(any.graph, (graph) => {
      fc.pre(graph.nodes.length > 0);
      const ids = graph.nodes.map((node) => node.id);
      const once = pasted(EMPTY_GRAPH, copy(graph, ids, new Map())).graph;
      const command = paste(once, copy(once, ids, new Map()), AT);
      const names = new Map(addedIds(command).map((id, index) => [id, ids[index] ?? ""]));
      const twice = apply(once, command).graph;
      const second = twice.nodes.slice(ids.length);
      expect(once.nodes.map((node) => node.id)).toEqual(ids);
      // By new names, the copy's shape is the original's.
      const renamed = second.reduce(
        (found, node) =>
          apply(found, { type: "renameNode", from: node.id, to: `z-${names.get(node.id)}` }).graph,
        aGraph(second),
      );
      const original = once.nodes.reduce(
        (found, node) => apply(found, { type: "renameNode", from: node.id, to: `z-${node.id}` }).graph,
        aGraph(once.nodes),
      );
      expect(renamed.nodes).toEqual(original.nodes);
    }),
    { numRuns: 200 },
  );
});

test("a duplicate stands beside its original; of nothing there is none", () => {
  const command = duplicate(chain(), ["b", "z"], CATALOGUE);
  expect(command && addedIds(command)).toEqual(["b-2"]);
  const graph = command && apply(chain(), command).graph;
  expect(graph && nodeOf(graph, "b-2")?.position).toEqual({ x: 340, y: 40 });
  expect(duplicate(chain(), ["z"], CATALOGUE)).toBeNull();
});

test.each([
  ["", "empty", ""],
  ["  \n", "empty", ""],
  ["hello\nworld", "foreign", "hello world"],
  ["[1]", "foreign", "[1]"],
  ['{"a": 1}', "foreign", '{"a": 1}'],
  ['{"plynx-nodes": 2, "nodes": []}', "newer_version", "2"],
  ['{"plynx-nodes": "x"}', "newer_version", "x"],
  ['{"nodes": [{"id": 1}]}', "malformed", "invalid_type at '/nodes/0/id'"],
  ['{"nodes": [{"id": "a", "operation": "x"}, {"id": "a", "operation": "x"}]}', "malformed", "duplicate_id"],
  ['{"plynx-nodes": 1, "nodes": []}', "no_nodes", ""],
])("a clipboard that holds %j is refused as %s", (text, code, holds) => {
  expect(() => paste(EMPTY_GRAPH, text, AT)).toThrow(ClipboardError);
  expect(() => paste(EMPTY_GRAPH, text, AT)).toThrow(expect.objectContaining({ code, holds }));
});
