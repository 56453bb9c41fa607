/** The links of a graph as one list, each with an id that stays while others come, go or change places. */

import { boundOutput } from "./bindings";
import type { GraphDocument, GraphNode, InputRef, OutputRef } from "./model";

export interface DataLink {
  readonly kind: "data";
  readonly id: string;
  readonly from: OutputRef;
  readonly to: InputRef;
  /** Place among the links of its input. */
  readonly index: number;
}

/** A parameter that takes its value from a scalar output. */
export interface BindingLink {
  readonly kind: "binding";
  readonly id: string;
  readonly from: OutputRef;
  readonly to: { readonly node: string; readonly parameter: string };
}

export interface OrderLink {
  readonly kind: "order";
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

export type Link = DataLink | BindingLink | OrderLink;

/** Also those whose other end does not exist: whoever draws them leaves these out. */
export function links(graph: GraphDocument): Link[] {
  return graph.nodes.flatMap((node) => [...dataLinks(node), ...bindingLinks(node), ...orderLinks(node)]);
}

export function dataLinks(node: GraphNode): DataLink[] {
  return Object.entries(node.inputs).flatMap(([input, sources]) => {
    const seen = new Map<string, number>();
    return sources.map((from, index): DataLink => {
      const name = `data:${from.node}.${from.output}>${node.id}.${input}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      const id = count === 1 ? name : `${name}#${count}`;
      return { kind: "data", id, from, to: { node: node.id, input }, index };
    });
  });
}

export function bindingLinks(node: GraphNode): BindingLink[] {
  return Object.entries(node.parameters).flatMap(([parameter, value]) => {
    const from = boundOutput(value);
    const id = `binding:${from?.node}.${from?.output}>${node.id}.${parameter}`;
    return from ? [{ kind: "binding", id, from, to: { node: node.id, parameter } }] : [];
  });
}

export function orderLinks(node: GraphNode): OrderLink[] {
  return [...new Set(node.after)].map((from) => ({
    kind: "order",
    id: `order:${from}>${node.id}`,
    from,
    to: node.id,
  }));
}
