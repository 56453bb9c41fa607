/** Graphs and operations between JSON and model: which fields there are, and what each is when nothing is said. */

import type {
  ArtifactRef,
  Environment,
  GraphDocument,
  GraphNode,
  Input,
  Json,
  Operation,
  Output,
  OutputRef,
  Parameter,
  Position,
  Resources,
} from "./model";
import {
  ANY,
  type Field,
  listOf,
  model,
  NUMBER,
  nullable,
  oneOf,
  readWith,
  recordOf,
  type Shape,
  TEXT,
  TRUTH,
  WHOLE,
  writeWith,
} from "./shapes";

const must = (shape: Shape): Field => ({ shape });
const text = (otherwise = ""): Field => ({ shape: TEXT, otherwise });
const number = (otherwise: number): Field => ({ shape: NUMBER, otherwise });
const whole = (otherwise: number): Field => ({ shape: WHOLE, otherwise });
const truth = (otherwise: boolean): Field => ({ shape: TRUTH, otherwise });
const list = (shape: Shape, otherwise: readonly unknown[] = []): Field => ({
  shape: listOf(shape),
  otherwise,
});
const record = (shape: Shape): Field => ({ shape: recordOf(shape), otherwise: {} });
const maybe = (shape: Shape): Field => ({ shape: nullable(shape), otherwise: null });

const INPUT = model<Input>({
  name: must(TEXT),
  types: list(TEXT, ["file"]),
  min: whole(1),
  max: whole(1),
  description: text(),
});

const OUTPUT = model<Output>({ name: must(TEXT), type: text("file"), description: text() });

const PARAMETER = model<Parameter>({
  name: must(TEXT),
  type: text("str"),
  default: { shape: ANY, otherwise: null },
  required: truth(false),
  choices: list(ANY),
  min: maybe(NUMBER),
  max: maybe(NUMBER),
  min_items: whole(0),
  max_items: maybe(WHOLE),
  regex: maybe(TEXT),
  description: text(),
  group: text(),
  order: whole(0),
  exposed: truth(true),
  accepts_code: truth(false),
});

const ARTIFACT = model<ArtifactRef>({ digest: must(TEXT), size: must(WHOLE), type: text("file") });

const RESOURCES = model<Resources>({ cpu: number(0), memory: whole(0), gpu: whole(0), tags: list(TEXT) });

const ENVIRONMENT = model<Environment>({ python: text(), requirements: list(TEXT) });

const OPERATION = model<Operation>({
  team: text(),
  name: must(TEXT),
  version: whole(1),
  status: { shape: oneOf("draft", "ready", "deprecated", "retired"), otherwise: "draft" },
  title: text(),
  description: text(),
  kind: must(TEXT),
  inputs: list(INPUT),
  parameters: list(PARAMETER),
  outputs: list(OUTPUT),
  tags: list(TEXT),
  author: text(),
  changelog: text(),
  parent: maybe(TEXT),
  successor: maybe(TEXT),
  cmd: text(),
  cacheable: truth(true),
  _timeout: { shape: NUMBER, otherwise: 600, also: "timeout" },
  retries: whole(0),
  retry_delay: number(5),
  retry_on: list(WHOLE),
  pool: text(),
  env: record(TEXT),
  environment: { shape: ENVIRONMENT, otherwise: { python: "", requirements: [] } },
  resources: { shape: RESOURCES, otherwise: { cpu: 0, memory: 0, gpu: 0, tags: [] } },
  on_lost: { shape: oneOf("retry", "fail"), otherwise: "retry" },
  quoting: { shape: oneOf("none", "safe"), otherwise: "none" },
  artifact: maybe(ARTIFACT),
});

const OUTPUT_REF = model<OutputRef>({ node: must(TEXT), output: must(TEXT) });

const POSITION = model<Position>({ x: number(0), y: number(0) });

const NODE = model<GraphNode>({
  id: must(TEXT),
  operation: must(TEXT),
  title: text(),
  parameters: record(ANY),
  inputs: record(listOf(OUTPUT_REF)),
  after: list(TEXT),
  pool: text(),
  cacheable: maybe(TRUTH),
  position: maybe(POSITION),
  comment: text(),
});

const GRAPH = model<GraphDocument>({
  name: text(),
  title: text(),
  description: text(),
  tags: list(TEXT),
  parameters: list(PARAMETER),
  nodes: list(NODE),
  operations: record(OPERATION),
});

/** From JSON with or without defaults; throws `ShapeError`. */
export function readGraph(json: unknown): GraphDocument {
  return readWith(GRAPH, json) as GraphDocument;
}

export function readNode(json: unknown): GraphNode {
  return readWith(NODE, json) as GraphNode;
}

export function readOperation(json: unknown): Operation {
  return readWith(OPERATION, json) as Operation;
}

export function readParameter(json: unknown): Parameter {
  return readWith(PARAMETER, json) as Parameter;
}

/** Plain JSON without what says nothing; reading it gives an equal graph. */
export function writeGraph(graph: GraphDocument): { readonly [key: string]: Json } {
  return writeWith(GRAPH, graph) as { readonly [key: string]: Json };
}

export function writeOperation(operation: Operation): { readonly [key: string]: Json } {
  return writeWith(OPERATION, operation) as { readonly [key: string]: Json };
}
