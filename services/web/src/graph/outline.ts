/** The graph as a tree that can be read and walked by keyboard: everything that the canvas shows. */

import { boundOutput, boundParameter } from "./bindings";
import { knownParents, topologicalOrder } from "./dag";
import { bindingLinks, dataLinks, orderLinks } from "./links";
import {
  type Catalogue,
  type GraphDocument,
  type GraphNode,
  type Json,
  type Operation,
  type OutputRef,
  operationOf,
  own,
  type Parameter,
} from "./model";

export interface OutlineSource extends OutputRef {
  readonly title: string;
  readonly link: string;
}

export interface OutlineTarget {
  readonly node: string;
  readonly title: string;
  /** The input, or the parameter that is bound. */
  readonly port: string;
  readonly kind: "input" | "parameter";
  readonly link: string;
}

export interface OutlineInput {
  readonly name: string;
  readonly types: readonly string[];
  readonly min: number;
  readonly max: number;
  /** The operation has it. */
  readonly known: boolean;
  readonly sources: readonly OutlineSource[];
}

export interface OutlineOutput {
  readonly name: string;
  readonly type: string;
  readonly known: boolean;
  readonly targets: readonly OutlineTarget[];
}

export interface OutlineParameter {
  readonly name: string;
  /** `null`: the operation does not have it. */
  readonly declaration: Parameter | null;
  /** The node's own value or the default. */
  readonly value: Json;
  readonly set: boolean;
  /** Name of the graph parameter. */
  readonly boundTo: string | null;
  readonly boundOutput: OutputRef | null;
}

export interface OutlineNeighbour {
  readonly node: string;
  readonly title: string;
  readonly link: string;
}

export interface OutlineNode {
  readonly id: string;
  readonly title: string;
  readonly operation: string;
  readonly known: boolean;
  readonly inputs: readonly OutlineInput[];
  readonly outputs: readonly OutlineOutput[];
  readonly parameters: readonly OutlineParameter[];
  /** Order only: what it waits for, and what waits for it. */
  readonly after: readonly OutlineNeighbour[];
  readonly before: readonly OutlineNeighbour[];
}

/** What a node is called: its own title, its operation's, or its id. */
export function titleOf(node: GraphNode, operation: Operation | undefined): string {
  return node.title || operation?.title || node.id;
}

/** Producers before consumers; nodes of a cycle, and those behind it, come last, as the graph has them. */
export function outline(graph: GraphDocument, catalogue: Catalogue): OutlineNode[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const order = new Set([...topologicalOrder(knownParents(graph)), ...nodes.keys()]);
  const titles = new Map(
    graph.nodes.map((node) => [node.id, titleOf(node, operationOf(graph, catalogue, node))]),
  );
  const ends = linkEnds(graph, titles);
  return [...order].flatMap((id): OutlineNode[] => {
    const node = nodes.get(id);
    return node ? [outlined(node, operationOf(graph, catalogue, node), titles, ends)] : [];
  });
}

type Titles = ReadonlyMap<string, string>;

interface LinkEnds {
  /** By source node, then by its output. */
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, readonly OutlineTarget[]>>;
  /** By source node. */
  readonly before: ReadonlyMap<string, readonly OutlineNeighbour[]>;
}

function linkEnds(graph: GraphDocument, titles: Titles): LinkEnds {
  const targets = new Map<string, Map<string, OutlineTarget[]>>();
  const before = new Map<string, OutlineNeighbour[]>();
  const note = ({ node, output }: OutputRef, target: OutlineTarget) => {
    const ofNode = entry(targets, node, () => new Map<string, OutlineTarget[]>());
    entry(ofNode, output, () => []).push(target);
  };
  for (const node of graph.nodes) {
    const title = titles.get(node.id) ?? node.id;
    for (const { id, from, to } of dataLinks(node)) {
      note(from, { node: node.id, title, port: to.input, kind: "input", link: id });
    }
    for (const { id, from, to } of bindingLinks(node)) {
      note(from, {
        node: node.id,
        title,
        port: to.parameter,
        kind: "parameter",
        link: id,
      });
    }
    for (const { id, from } of orderLinks(node)) {
      entry(before, from, () => []).push({ node: node.id, title, link: id });
    }
  }
  return { targets, before };
}

/** Of a map that fills itself. */
function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function outlined(
  node: GraphNode,
  operation: Operation | undefined,
  titles: Titles,
  ends: LinkEnds,
): OutlineNode {
  const after = orderLinks(node).map(({ id, from }) => ({
    node: from,
    title: titles.get(from) ?? from,
    link: id,
  }));
  return {
    id: node.id,
    title: titleOf(node, operation),
    operation: node.operation,
    known: operation !== undefined,
    inputs: inputs(node, operation, titles),
    outputs: outputs(operation, ends.targets.get(node.id) ?? new Map()),
    parameters: parameters(node, operation),
    after,
    before: ends.before.get(node.id) ?? [],
  };
}

function inputs(node: GraphNode, operation: Operation | undefined, titles: Titles): OutlineInput[] {
  const declared = operation?.inputs ?? [];
  const names = new Set([...declared.map((port) => port.name), ...Object.keys(node.inputs)]);
  const all = dataLinks(node);
  return [...names].map((name) => {
    const port = declared.find((found) => found.name === name);
    const sources = all
      .filter(({ to }) => to.input === name)
      .map(({ id, from }) => ({ ...from, title: titles.get(from.node) ?? from.node, link: id }));
    const { types, min, max } = port ?? { types: [], min: 0, max: -1 };
    return { name, types, min, max, known: port !== undefined, sources };
  });
}

function outputs(
  operation: Operation | undefined,
  targets: ReadonlyMap<string, readonly OutlineTarget[]>,
): OutlineOutput[] {
  const declared = operation?.outputs ?? [];
  const names = new Set([...declared.map((port) => port.name), ...targets.keys()]);
  return [...names].map((name) => {
    const port = declared.find((found) => found.name === name);
    return { name, type: port?.type ?? "", known: port !== undefined, targets: targets.get(name) ?? [] };
  });
}

function parameters(node: GraphNode, operation: Operation | undefined): OutlineParameter[] {
  const declared = operation?.parameters ?? [];
  const names = new Set([...declared.map((parameter) => parameter.name), ...Object.keys(node.parameters)]);
  return [...names].map((name) => {
    const declaration = declared.find((found) => found.name === name) ?? null;
    const given = own(node.parameters, name);
    return {
      name,
      declaration,
      value: given ?? declaration?.default ?? null,
      set: given !== undefined,
      boundTo: boundParameter(given),
      boundOutput: boundOutput(given),
    };
  });
}
