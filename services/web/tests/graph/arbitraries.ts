/** Random graphs, and random commands that mostly apply to them. */

import fc from "fast-check";
import { bindToOutput, bindToParameter } from "@/graph/bindings";
import type { Command } from "@/graph/commands";
import { type GraphDocument, type GraphNode, readGraph, readOperation, readParameter } from "@/graph/model";

const NODE_IDS = ["a", "b", "c", "d", "e", "f"] as const;
const PORTS = ["x", "y"] as const;
const NAMES = ["rate", "size", "__proto__", "constructor"] as const;

const nodeId = fc.constantFrom(...NODE_IDS);
const port = fc.constantFrom(...PORTS);
const parameterName = fc.constantFrom(...NAMES);
const output = fc.record({ node: nodeId, output: port });
const input = fc.record({ node: nodeId, input: port });
const position = fc.record({
  x: fc.integer({ min: -500, max: 500 }),
  y: fc.integer({ min: -500, max: 500 }),
});
const place = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });

const value = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  parameterName.map(bindToParameter),
  output.map(bindToOutput),
);

const operation = fc
  .record({ name: fc.constantFrom("train", "split"), kind: fc.constant("python"), cmd: fc.string() })
  .map(readOperation);

const graphParameter = fc
  .record({ name: parameterName, type: fc.constantFrom("int", "str"), description: fc.string() })
  .map(readParameter);

export const node: fc.Arbitrary<GraphNode> = fc.record({
  id: nodeId,
  operation: fc.constantFrom("train", "split", "team/other@1"),
  title: fc.string({ maxLength: 5 }),
  parameters: fc.dictionary(parameterName, value),
  inputs: fc.dictionary(port, fc.array(output, { minLength: 1, maxLength: 3 })),
  after: fc.uniqueArray(nodeId, { maxLength: 3 }),
  pool: fc.constantFrom("", "gpu"),
  cacheable: fc.constantFrom(true, false, null),
  position: fc.option(position),
  comment: fc.string({ maxLength: 5 }),
});

export const graph: fc.Arbitrary<GraphDocument> = fc
  .record({
    name: fc.constantFrom("", "g"),
    title: fc.string(),
    tags: fc.array(fc.string(), { maxLength: 2 }),
    parameters: fc.uniqueArray(graphParameter, { selector: (parameter) => parameter.name, maxLength: 3 }),
    nodes: fc.uniqueArray(node, { selector: (found) => found.id, maxLength: 5 }),
    operations: fc.dictionary(fc.constantFrom("train", "split"), operation),
  })
  .map(readGraph);

const simple: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant("addNodes" as const), nodes: fc.array(node, { maxLength: 2 }), at: place }),
  fc.record({ type: fc.constant("removeNodes" as const), ids: fc.uniqueArray(nodeId, { maxLength: 2 }) }),
  fc.record({
    type: fc.constant("moveNodes" as const),
    positions: fc.array(fc.tuple(nodeId, position), { maxLength: 2 }).map((pairs) => new Map(pairs)),
  }),
  fc.record({
    type: fc.constant("renameNode" as const),
    from: nodeId,
    to: fc.constantFrom(...NODE_IDS, "Z!"),
  }),
  fc.record({
    type: fc.constant("setNode" as const),
    id: nodeId,
    fields: fc.record(
      { title: fc.string(), comment: fc.string(), pool: fc.string(), cacheable: fc.boolean() },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ type: fc.constant("setParameter" as const), node: nodeId, name: parameterName, value }),
  fc.record({ type: fc.constant("clearParameter" as const), node: nodeId, name: parameterName }),
  fc.record({ type: fc.constant("addLink" as const), from: output, to: input, at: place }),
  fc.record({ type: fc.constant("removeLink" as const), from: output, to: input, at: place }),
  fc.record({
    type: fc.constant("moveLink" as const),
    to: input,
    fromIndex: fc.nat({ max: 2 }),
    toIndex: fc.nat({ max: 2 }),
  }),
  fc.record({ type: fc.constant("addOrderLink" as const), from: nodeId, to: nodeId }),
  fc.record({ type: fc.constant("removeOrderLink" as const), from: nodeId, to: nodeId }),
  fc.record({
    type: fc.constant("setGraph" as const),
    fields: fc.record({ title: fc.string(), name: fc.string() }, { requiredKeys: [] }),
  }),
  fc.record({ type: fc.constant("addGraphParameter" as const), parameter: graphParameter, at: place }),
  fc.record({
    type: fc.constant("changeGraphParameter" as const),
    name: parameterName,
    fields: fc.record({ type: fc.constantFrom("int", "float"), required: fc.boolean() }),
  }),
  fc.record({
    type: fc.constant("renameGraphParameter" as const),
    from: parameterName,
    to: fc.constantFrom(...NAMES, "0"),
  }),
  fc.record({ type: fc.constant("removeGraphParameter" as const), name: parameterName }),
  fc.record({
    type: fc.constant("embedOperation" as const),
    key: fc.constantFrom("train", "new", "7"),
    operation,
  }),
  fc.record({ type: fc.constant("removeOperation" as const), key: fc.constantFrom("train", "new", "7") }),
  fc.record({ type: fc.constant("replaceGraph" as const), graph }),
);

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 9, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc
      .array(simple, { maxLength: 3 })
      .map((commands): Command => ({ type: "batch", label: { key: "command.edit", params: {} }, commands })),
  },
);
