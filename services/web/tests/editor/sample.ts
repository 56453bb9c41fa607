import { type Catalogue, type GraphDocument, readGraph, readOperation } from "@/graph/model";

const operation = (name: string, rest: Record<string, unknown> = {}) =>
  readOperation({ team: "lab", name, kind: "command", cmd: "true", status: "ready", ...rest });

export const CATALOGUE: Catalogue = new Map([
  [
    "lab/fetch@1",
    operation("fetch", {
      title: "Fetch",
      outputs: [
        { name: "table", type: "csv" },
        { name: "rows", type: "int" },
      ],
    }),
  ],
  [
    "lab/train@1",
    operation("train", {
      title: "Train",
      inputs: [{ name: "table", types: ["csv"] }],
      outputs: [{ name: "model", type: "model" }],
      parameters: [
        { name: "rate", type: "float", default: 0.1 },
        { name: "epochs", type: "int", default: 3 },
        { name: "hidden", type: "str", default: "", exposed: false },
      ],
    }),
  ],
  ["lab/train@2", operation("train", { title: "Train", version: 2, status: "draft" })],
]);

export const GRAPH: GraphDocument = readGraph({
  title: "Sample",
  nodes: [
    { id: "fetch", operation: "lab/fetch@1", position: { x: 0, y: 0 } },
    {
      id: "train",
      operation: "lab/train@1",
      position: { x: 320, y: 0 },
      inputs: { table: [{ node: "fetch", output: "table" }] },
    },
    { id: "last", operation: "lab/train@1", position: { x: 640, y: 0 }, after: ["train"] },
  ],
});
