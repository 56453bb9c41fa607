/** The platform's graph document as the editor holds it: complete (defaults filled in) and immutable. */

import { own } from "./records";

export { readGraph, readNode, readOperation, readParameter, writeGraph, writeOperation } from "./documents";
export { type BindingLink, type DataLink, type Link, links, type OrderLink } from "./links";
export { own } from "./records";
export { ShapeError, type ShapeIssue } from "./shapes";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface OutputRef {
  readonly node: string;
  readonly output: string;
}

/** Where a data link ends. */
export interface InputRef {
  readonly node: string;
  readonly input: string;
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface Input {
  readonly name: string;
  /** Any of these is accepted. */
  readonly types: readonly string[];
  /** 0 is optional. */
  readonly min: number;
  /** Below 0: any number. */
  readonly max: number;
  readonly description: string;
}

export interface Output {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly default: Json;
  readonly required: boolean;
  readonly choices: readonly Json[];
  readonly min: number | null;
  readonly max: number | null;
  readonly min_items: number;
  readonly max_items: number | null;
  readonly regex: string | null;
  readonly description: string;
  readonly group: string;
  readonly order: number;
  /** Shown on the node. */
  readonly exposed: boolean;
  readonly accepts_code: boolean;
}

export interface ArtifactRef {
  readonly digest: string;
  readonly size: number;
  readonly type: string;
}

export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly tags: readonly string[];
}

export interface Environment {
  readonly python: string;
  readonly requirements: readonly string[];
}

export type OperationStatus = "draft" | "ready" | "deprecated" | "retired";

export interface Operation {
  readonly team: string;
  readonly name: string;
  readonly version: number;
  readonly status: OperationStatus;
  readonly title: string;
  readonly description: string;
  readonly kind: string;
  readonly inputs: readonly Input[];
  readonly parameters: readonly Parameter[];
  readonly outputs: readonly Output[];
  readonly tags: readonly string[];
  readonly author: string;
  readonly changelog: string;
  readonly parent: string | null;
  readonly successor: string | null;
  readonly cmd: string;
  readonly cacheable: boolean;
  /** Minutes; the name people write. */
  readonly _timeout: number;
  readonly retries: number;
  readonly retry_delay: number;
  readonly retry_on: readonly number[];
  readonly pool: string;
  readonly env: Readonly<Record<string, string>>;
  readonly environment: Environment;
  readonly resources: Resources;
  readonly on_lost: "retry" | "fail";
  readonly quoting: "none" | "safe";
  readonly artifact: ArtifactRef | null;
}

export interface GraphNode {
  readonly id: string;
  /** `team/name@version`, or a key of the graph's own `operations`. */
  readonly operation: string;
  readonly title: string;
  /** By name: a value, or a binding (see `bindings.ts`). */
  readonly parameters: Readonly<Record<string, Json>>;
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>;
  /** Order only. */
  readonly after: readonly string[];
  /** Overrides the operation's. */
  readonly pool: string;
  readonly cacheable: boolean | null;
  readonly position: Position | null;
  readonly comment: string;
}

export interface GraphDocument {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly nodes: readonly GraphNode[];
  /** Operations that travel with the graph. */
  readonly operations: Readonly<Record<string, Operation>>;
}

/** Operations by the names that nodes use: `team/name@version`. */
export type Catalogue = ReadonlyMap<string, Operation>;

export const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
export const NODE_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const LONGEST_NODE_ID = 63;

export const EMPTY_GRAPH: GraphDocument = {
  name: "",
  title: "",
  description: "",
  tags: [],
  parameters: [],
  nodes: [],
  operations: {},
};

export function exactRef(operation: Operation): string {
  return `${operation.team}/${operation.name}@${operation.version}`;
}

export function nodeOf(graph: GraphDocument, id: string): GraphNode | undefined {
  return graph.nodes.find((node) => node.id === id);
}

export function operationOf(
  graph: GraphDocument,
  catalogue: Catalogue,
  node: Pick<GraphNode, "operation">,
): Operation | undefined {
  return own(graph.operations, node.operation) ?? catalogue.get(node.operation);
}

/** An id that no node has, made of the operation's name: `train`, `train-2`, … */
export function freshNodeId(
  graph: GraphDocument,
  operationName: string,
  alsoTaken: ReadonlySet<string> = new Set(),
): string {
  const taken = new Set(graph.nodes.map((node) => node.id));
  const stem = nodeIdStem(operationName);
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : `-${number}`;
    const id = stem.slice(0, LONGEST_NODE_ID - suffix.length) + suffix;
    if (!taken.has(id) && !alsoTaken.has(id)) {
      return id;
    }
  }
}

function nodeIdStem(operationName: string): string {
  const bare = operationName.replace(/^.*\//, "").replace(/@[0-9]+$/, "");
  const words = bare.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  return words.replace(/^[_-]+|-+$/g, "") || "node";
}
