/** A small catalogue, and graphs of its operations. */

import {
  type Catalogue,
  type GraphDocument,
  type GraphNode,
  readGraph,
  readNode,
  readOperation,
} from "@/graph/model";

const MAKE = {
  team: "t",
  name: "make",
  title: "Make a table",
  kind: "command",
  cmd: "make",
  status: "ready",
  parameters: [{ name: "rows", type: "int", default: 10 }, { name: "label" }],
  outputs: [
    { name: "table", type: "csv" },
    { name: "count", type: "int" },
  ],
};
const READ = {
  team: "t",
  name: "read",
  kind: "command",
  cmd: "read",
  status: "ready",
  inputs: [
    { name: "table", types: ["csv", "tsv"] },
    { name: "more", types: ["file"], min: 0, max: -1 },
  ],
  parameters: [
    { name: "depth", type: "int" },
    { name: "ratio", type: "float" },
    { name: "names", type: "list_str" },
  ],
  outputs: [{ name: "text", type: "text" }],
};

export const OPERATIONS = { make: readOperation(MAKE), read: readOperation(READ) };

export const CATALOGUE: Catalogue = new Map([
  ["t/make@1", OPERATIONS.make],
  ["t/read@1", OPERATIONS.read],
]);

export function aNode(id: string, fields: object = {}): GraphNode {
  return readNode({ id, operation: "t/make@1", ...fields });
}

export function aGraph(nodes: readonly GraphNode[], fields: object = {}): GraphDocument {
  return { ...readGraph(fields), nodes };
}

/** `a` makes a table, `b` reads it, `c` reads it after `b` and takes its depth from `a`. */
export function chain(): GraphDocument {
  const table = [{ node: "a", output: "table" }];
  return aGraph(
    [
      aNode("a", { position: { x: 0, y: 0 }, parameters: { rows: { $param: "size" } } }),
      aNode("b", { operation: "t/read@1", position: { x: 300, y: 0 }, inputs: { table } }),
      aNode("c", {
        operation: "t/read@1",
        position: { x: 600, y: 40 },
        inputs: { table, more: [{ node: "b", output: "text" }] },
        parameters: { depth: { $output: { node: "a", output: "count" } } },
        after: ["b"],
      }),
    ],
    { parameters: [{ name: "size", type: "int", default: 3 }] },
  );
}
