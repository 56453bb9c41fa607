/** React Flow's arrays, derived: an element is a new object only where something of it changed. */

import type { Edge, Node } from "@xyflow/react";
import { handlesOf, sizeOf } from "@/canvas/geometry";
import { type CanvasLink, type CanvasNode, handlesOfLink } from "@/canvas/model";
import type { Position } from "@/graph/model";

export type CardNode = Node<{ card: CanvasNode }, "card">;
export type LinkEdge = Edge<{ link: CanvasLink }, "link">;

export class Arrays {
  #nodes = new Map<string, CardNode>();
  #edges = new Map<string, LinkEdge>();

  nodes(
    cards: readonly CanvasNode[],
    selected: ReadonlySet<string>,
    shifted: ReadonlyMap<string, Position> | null,
  ): CardNode[] {
    const next = new Map<string, CardNode>();
    for (const card of cards) {
      const position = shifted?.get(card.id) ?? card.position;
      next.set(card.id, node(this.#nodes.get(card.id), card, position, selected.has(card.id)));
    }
    this.#nodes = next;
    return [...next.values()];
  }

  edges(links: readonly CanvasLink[], selected: ReadonlySet<string>): LinkEdge[] {
    const next = new Map<string, LinkEdge>();
    for (const link of links) {
      const last = this.#edges.get(link.id);
      const chosen = selected.has(link.id);
      const same = last?.data?.link === link && last.selected === chosen;
      next.set(link.id, same ? last : edge(link, chosen));
    }
    this.#edges = next;
    return [...next.values()];
  }
}

function node(last: CardNode | undefined, card: CanvasNode, position: Position, selected: boolean): CardNode {
  if (last?.data.card === card && last.selected === selected && isSame(last.position, position)) return last;
  if (last?.data.card === card) return { ...last, position, selected };
  const size = sizeOf(card);
  return {
    id: card.id,
    type: "card",
    position,
    data: last?.data.card === card ? last.data : { card },
    selected,
    ...size,
    measured: size,
    handles: handlesOf(card),
    ariaLabel: card.title,
  };
}

function isSame(one: Position, other: Position): boolean {
  return one.x === other.x && one.y === other.y;
}

function edge(link: CanvasLink, selected: boolean): LinkEdge {
  const isOrder = link.kind === "order";
  const [sourceHandle, targetHandle] = handlesOfLink(link);
  return {
    id: link.id,
    type: "link",
    source: link.from,
    sourceHandle,
    target: link.to,
    targetHandle,
    data: { link },
    selected,
    ariaLabel: isOrder
      ? `${link.from} → ${link.to}`
      : `${link.from}.${link.fromPort} → ${link.to}.${link.toPort}`,
  };
}
