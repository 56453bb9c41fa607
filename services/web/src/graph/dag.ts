/** The shape of a graph: who waits for whom, in which order. Linear in nodes and links. */

import { boundOutput } from "./bindings";
import type { GraphDocument, GraphNode } from "./model";

/** By node. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/** Producers a node waits for, by data links, bindings and `after`: each once. */
export function parentsOf(node: GraphNode): string[] {
  const found = new Set<string>();
  for (const sources of Object.values(node.inputs)) {
    for (const source of sources) {
      found.add(source.node);
    }
  }
  for (const value of Object.values(node.parameters)) {
    const source = boundOutput(value);
    if (source) {
      found.add(source.node);
    }
  }
  for (const name of node.after) {
    found.add(name);
  }
  return [...found];
}

/** Without those that do not exist. */
export function knownParents(graph: GraphDocument): Map<string, readonly string[]> {
  const ids = new Set(graph.nodes.map((node) => node.id));
  return new Map(graph.nodes.map((node) => [node.id, parentsOf(node).filter((parent) => ids.has(parent))]));
}

export function reversed(edges: Edges): Map<string, string[]> {
  const turned = new Map<string, string[]>([...edges.keys()].map((name) => [name, []]));
  for (const [name, targets] of edges) {
    for (const target of targets) {
      turned.get(target)?.push(name);
    }
  }
  return turned;
}

/** Parents first, otherwise in the graph's order. What is in a cycle, and what is behind one, is missing. */
export function topologicalOrder(parents: Edges, children: Edges = reversed(parents)): string[] {
  const open = new Map([...parents].map(([name, found]) => [name, found.length]));
  const order = [...open].filter(([, count]) => count === 0).map(([name]) => name);
  // Grows while it is walked.
  for (const name of order) {
    for (const child of children.get(name) ?? []) {
      const left = (open.get(child) ?? 0) - 1;
      open.set(child, left);
      if (left === 0) {
        order.push(child);
      }
    }
  }
  return order;
}

/** Nodes of one cycle in the direction of the data, beginning with the least name; `null` if there is none. */
export function findCycle(parents: Edges): string[] | null {
  const free = new Set(topologicalOrder(parents));
  let name = [...parents.keys()].find((candidate) => !free.has(candidate));
  if (name === undefined) {
    return null;
  }
  // What is not free has a parent that is not free: going up must come round.
  const seen = new Set<string>();
  while (name !== undefined && !seen.has(name)) {
    seen.add(name);
    name = parents.get(name)?.find((parent) => !free.has(parent));
  }
  const path = [...seen];
  const cycle = path.slice(path.indexOf(name ?? "")).reverse();
  const first = cycle.indexOf([...cycle].sort()[0] ?? "");
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

/** These and everything along the edges. */
export function reachable(edges: Edges, roots: Iterable<string>): Set<string> {
  const found = new Set(roots);
  // Grows while it is walked.
  for (const name of found) {
    for (const next of edges.get(name) ?? []) {
      found.add(next);
    }
  }
  return found;
}

/** The names along one shortest way, both ends included; `null` if there is none. */
export function pathBetween(edges: Edges, from: string, to: string): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const name of cameFrom.keys()) {
    if (name === to) {
      return pathTo(cameFrom, to);
    }
    for (const next of edges.get(name) ?? []) {
      if (!cameFrom.has(next)) {
        cameFrom.set(next, name);
      }
    }
  }
  return null;
}

function pathTo(cameFrom: ReadonlyMap<string, string | null>, end: string): string[] {
  const path: string[] = [];
  for (let name: string | null = end; name !== null; name = cameFrom.get(name) ?? null) {
    path.unshift(name);
  }
  return path;
}
