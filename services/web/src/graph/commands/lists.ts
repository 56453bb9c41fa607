/** Immutable edits of lists, records and single nodes. */

import type { GraphDocument, GraphNode } from "../model";
import { CommandError } from "./types";

export function inserted<T>(list: readonly T[], at: number | undefined, ...items: readonly T[]): T[] {
  const place = at ?? list.length;
  return [...list.slice(0, place), ...items, ...list.slice(place)];
}

export function withoutIndex<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, position) => position !== index);
}

export function withoutKey<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

/** The same list if nothing in it changed, so that a command without effect is seen as one. */
export function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.some((item, index) => item !== list[index]) ? changed : list;
}

/** The same object if all these fields are as they were. */
export function withFields<T extends object>(thing: T, fields: Partial<NoInfer<T>>): T {
  const keys = Object.keys(fields) as (keyof T)[];
  return keys.some((key) => fields[key] !== thing[key]) ? { ...thing, ...fields } : thing;
}

export function requireNode(graph: GraphDocument, id: string): GraphNode {
  const found = graph.nodes.find((node) => node.id === id);
  if (!found) {
    throw new CommandError("unknown_node", id);
  }
  return found;
}

export function requireNodes(graph: GraphDocument, ids: Iterable<string>): void {
  const known = new Set(graph.nodes.map((node) => node.id));
  for (const id of ids) {
    if (!known.has(id)) {
      throw new CommandError("unknown_node", id);
    }
  }
}

export function changeNode(
  graph: GraphDocument,
  id: string,
  change: (node: GraphNode) => GraphNode,
): GraphDocument {
  requireNode(graph, id);
  return changeNodes(graph, (node) => (node.id === id ? change(node) : node));
}

export function changeNodes(graph: GraphDocument, change: (node: GraphNode) => GraphNode): GraphDocument {
  return withFields(graph, { nodes: mapped(graph.nodes, change) });
}
