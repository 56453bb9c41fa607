/** From a graph document to what the canvas draws; what did not change stays the same object. */

import { sizeOf } from "@/canvas/geometry";
import type { CanvasLink, CanvasNode, CanvasParameter, CanvasPort } from "@/canvas/model";
import { boundOutput, boundParameter } from "@/graph/bindings";
import { DEFAULT_SIZE, layOut } from "@/graph/layout";
import { type Link, links } from "@/graph/links";
import {
  type Catalogue,
  type GraphDocument,
  type GraphNode,
  type Json,
  type Operation,
  operationOf,
  own,
  type Parameter,
  type Position,
} from "@/graph/model";
import { titleOf } from "@/graph/outline";
import { formatValue } from "@/graph/values";

const MOST_PARAMETERS = 6;

interface Known {
  readonly node: GraphNode;
  readonly operation: Operation | undefined;
  readonly position: Position;
  readonly strayOutputs: string;
  readonly card: CanvasNode;
}

/** One for a screen: it remembers what it made last. */
export class CanvasSource {
  #known = new Map<string, Known>();
  #links = new Map<string, CanvasLink>();

  draw(graph: GraphDocument, catalogue: Catalogue): { nodes: CanvasNode[]; links: CanvasLink[] } {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    const all = links(graph).filter((link) => ids.has(fromNode(link)));
    const used = usedOutputs(all);
    const places = missingPlaces(graph, catalogue);
    const known = new Map<string, Known>();
    for (const node of graph.nodes) {
      // Of two with one id, an imported mistake, the first is drawn: the canvas needs names of its own.
      if (known.has(node.id)) continue;
      const operation = operationOf(graph, catalogue, node);
      const position = node.position ?? places.get(node.id) ?? { x: 0, y: 0 };
      const stray = strayOutputs(operation, used.get(node.id));
      known.set(node.id, this.#card(node, operation, position, stray));
    }
    this.#known = known;
    return { nodes: [...known.values()].map(({ card }) => card), links: this.#drawLinks(all, known) };
  }

  #card(node: GraphNode, operation: Operation | undefined, position: Position, stray: string[]): Known {
    const last = this.#known.get(node.id);
    const strayOutputs = stray.join("\n");
    const same =
      last?.node === node &&
      last.operation === operation &&
      last.strayOutputs === strayOutputs &&
      last.position.x === position.x &&
      last.position.y === position.y;
    return same
      ? last
      : { node, operation, position, strayOutputs, card: cardOf(node, operation, position, stray) };
  }

  #drawLinks(all: readonly Link[], cards: ReadonlyMap<string, Known>): CanvasLink[] {
    const next = new Map<string, CanvasLink>();
    for (const link of all) {
      const last = this.#links.get(link.id);
      const type =
        link.kind === "order" ? "" : typeOf(cards.get(link.from.node)?.operation, link.from.output);
      next.set(link.id, last?.type === type ? last : drawn(link, type));
    }
    this.#links = next;
    return [...next.values()];
  }
}

function fromNode(link: Link): string {
  return link.kind === "order" ? link.from : link.from.node;
}

function drawn(link: Link, type: string): CanvasLink {
  if (link.kind === "order") {
    return { id: link.id, kind: "order", from: link.from, fromPort: "", to: link.to, toPort: "", type };
  }
  const toPort = link.kind === "data" ? link.to.input : link.to.parameter;
  const { node: from, output: fromPort } = link.from;
  return { id: link.id, kind: link.kind, from, fromPort, to: link.to.node, toPort, type };
}

function typeOf(operation: Operation | undefined, output: string): string {
  return operation?.outputs.find(({ name }) => name === output)?.type ?? "";
}

function usedOutputs(all: readonly Link[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  for (const link of all) {
    if (link.kind === "order") continue;
    const { node, output } = link.from;
    used.set(node, (used.get(node) ?? new Set()).add(output));
  }
  return used;
}

/** Linked to, but the operation does not have them: shown, so that the mistake can be seen and taken away. */
function strayOutputs(operation: Operation | undefined, used: ReadonlySet<string> = new Set()): string[] {
  return [...used].filter((name) => !operation?.outputs.some((output) => output.name === name));
}

/** For nodes that stand nowhere yet; those that do are left alone. */
function missingPlaces(graph: GraphDocument, catalogue: Catalogue): ReadonlyMap<string, Position> {
  const homeless = graph.nodes.filter(({ position }) => position === null);
  if (homeless.length === 0) return new Map();
  const sizes = cardSizes(graph, catalogue);
  if (homeless.length === graph.nodes.length) return layOut(graph, sizes);
  const places = layOut(graph, sizes, new Set(homeless.map(({ id }) => id)));
  const bottom = Math.max(
    ...graph.nodes.map(({ id, position }) =>
      position ? position.y + (sizes.get(id) ?? DEFAULT_SIZE).height : Number.NEGATIVE_INFINITY,
    ),
  );
  return new Map([...places].map(([id, { x, y }]) => [id, { x, y: y + bottom + 60 }]));
}

/** How large each node is drawn: what a layout needs to know. */
export function cardSizes(graph: GraphDocument, catalogue: Catalogue) {
  const nowhere = { x: 0, y: 0 };
  return new Map(
    graph.nodes.map((node) => [
      node.id,
      sizeOf(cardOf(node, operationOf(graph, catalogue, node), nowhere, [])),
    ]),
  );
}

function cardOf(
  node: GraphNode,
  operation: Operation | undefined,
  position: Position,
  stray: readonly string[],
): CanvasNode {
  const parameters = parametersOf(node, operation);
  const shown = parameters.filter(({ bound }, place) => place < MOST_PARAMETERS || bound === "output");
  return {
    id: node.id,
    title: titleOf(node, operation),
    operation: node.operation,
    kind: operation?.artifact ? "file" : (operation?.kind ?? ""),
    position,
    inputs: inputsOf(node, operation),
    outputs: outputsOf(operation, stray),
    parameters: shown,
    hiddenParameters: parameters.length - shown.length,
    comment: node.comment,
  };
}

function inputsOf(node: GraphNode, operation: Operation | undefined): CanvasPort[] {
  const declared = operation?.inputs ?? [];
  const stray = Object.keys(node.inputs).filter((name) => !declared.some((port) => port.name === name));
  return [
    ...declared.map(({ name, types, min }) => ({ name, types, required: min > 0, known: true })),
    ...stray.map((name) => ({ name, types: [], required: false, known: false })),
  ];
}

function outputsOf(operation: Operation | undefined, stray: readonly string[]): CanvasPort[] {
  return [
    ...(operation?.outputs ?? []).map(({ name, type }) => ({
      name,
      types: [type],
      required: false,
      known: true,
    })),
    ...stray.map((name) => ({ name, types: [], required: false, known: false })),
  ];
}

function parametersOf(node: GraphNode, operation: Operation | undefined): CanvasParameter[] {
  const declared = [...(operation?.parameters ?? [])].sort((one, other) => one.order - other.order);
  return declared.flatMap((parameter) => {
    const given = own(node.parameters, parameter.name);
    return parameter.exposed || boundOutput(given) ? [shownParameter(parameter, given)] : [];
  });
}

function shownParameter(
  { name, type, default: otherwise }: Parameter,
  given: Json | undefined,
): CanvasParameter {
  const source = boundOutput(given);
  if (source) return { name, text: `${source.node}.${source.output}`, bound: "output", set: true };
  const bound = boundParameter(given);
  if (bound !== null) return { name, text: bound, bound: "parameter", set: true };
  const text = formatValue(type, given ?? otherwise).replace(/\s+/g, " ");
  return { name, text, bound: null, set: given !== undefined };
}
