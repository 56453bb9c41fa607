/** Where nodes stand: laid out from left to right, aligned, distributed; always on the grid. */

import { Graph, layout } from "@dagrejs/dagre";
import { type Edges, knownParents } from "./dag";
import { layered, type Spacing } from "./layers";
import type { GraphDocument, Position } from "./model";

export const GRID = 20;
export const DEFAULT_SIZE: Size = { width: 240, height: 100 };
/** It takes a second for 400 nodes, and more than linear time beyond. */
const MOST_FOR_DAGRE = 400;
const BETWEEN_LAYERS = 100;
const BETWEEN_NODES = 40;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Position, Size {}

export type Positions = Map<string, Position>;

export function snap({ x, y }: Position): Position {
  // Adding 0 makes -0 plain.
  return { x: Math.round(x / GRID) * GRID + 0, y: Math.round(y / GRID) * GRID + 0 };
}

/** Data from left to right, order-only links too. The top left corner stays where it was. `only`: leave others alone. */
export function layOut(
  graph: GraphDocument,
  sizes: ReadonlyMap<string, Size>,
  only?: ReadonlySet<string>,
): Positions {
  const nodes = graph.nodes.filter((node) => only?.has(node.id) ?? true);
  const chosen = new Set(nodes.map((node) => node.id));
  const parents = [...knownParents(graph)]
    .filter(([id]) => chosen.has(id))
    .map(([id, found]) => [id, found.filter((parent) => parent !== id && chosen.has(parent))] as const);
  const spacing = {
    betweenLayers: BETWEEN_LAYERS,
    betweenNodes: BETWEEN_NODES,
    sizeOf: (id: string) => sizes.get(id) ?? DEFAULT_SIZE,
  };
  const draw = nodes.length > MOST_FOR_DAGRE ? layered : drawn;
  return anchored(draw(new Map(parents), spacing), corner(nodes.flatMap((node) => node.position ?? [])));
}

function drawn(parents: Edges, { betweenLayers, betweenNodes, sizeOf }: Spacing): Positions {
  const drawing = new Graph();
  drawing.setGraph({ rankdir: "LR", ranksep: betweenLayers, nodesep: betweenNodes, edgesep: GRID });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const id of parents.keys()) {
    drawing.setNode(id, { ...sizeOf(id) });
  }
  for (const [id, found] of parents) {
    for (const parent of found) {
      drawing.setEdge(parent, id);
    }
  }
  layout(drawing);
  const places = [...parents.keys()].map((id): [string, Position] => {
    const { x, y, width, height } = drawing.node(id) as Rectangle;
    return [id, { x: x - width / 2, y: y - height / 2 }];
  });
  return new Map(places);
}

/** The top left corner of them all. */
export function corner(places: Iterable<Position>): Position {
  const all = [...places];
  const least = (values: readonly number[]) =>
    values.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  return all.length === 0
    ? { x: 0, y: 0 }
    : { x: least(all.map(({ x }) => x)), y: least(all.map(({ y }) => y)) };
}

function anchored(places: ReadonlyMap<string, Position>, anchor: Position): Positions {
  const from = corner(places.values());
  const moved = [...places].map(([id, { x, y }]): [string, Position] => [
    id,
    snap({ x: x - from.x + anchor.x, y: y - from.y + anchor.y }),
  ]);
  return new Map(moved);
}

export type Alignment = "left" | "center" | "right" | "top" | "middle" | "bottom";

interface Axis {
  readonly at: "x" | "y";
  readonly size: "width" | "height";
}

const HORIZONTAL: Axis = { at: "x", size: "width" };
const VERTICAL: Axis = { at: "y", size: "height" };
/** Share of its own size by which a node stands before the line. */
const ALIGNMENTS: Readonly<Record<Alignment, { readonly axis: Axis; readonly share: number }>> = {
  left: { axis: HORIZONTAL, share: 0 },
  center: { axis: HORIZONTAL, share: 0.5 },
  right: { axis: HORIZONTAL, share: 1 },
  top: { axis: VERTICAL, share: 0 },
  middle: { axis: VERTICAL, share: 0.5 },
  bottom: { axis: VERTICAL, share: 1 },
};

/** Edges or middles in one line; the outermost edge stays. */
export function align(rectangles: ReadonlyMap<string, Rectangle>, how: Alignment): Positions {
  const { axis, share } = ALIGNMENTS[how];
  const { start, end } = extent(rectangles, axis);
  const line = start + (end - start) * share;
  return placed(rectangles, axis, (rectangle) => line - rectangle[axis.size] * share);
}

/** Equal gaps between neighbours; the outermost stay. */
export function distribute(
  rectangles: ReadonlyMap<string, Rectangle>,
  direction: "horizontal" | "vertical",
): Positions {
  const axis = direction === "horizontal" ? HORIZONTAL : VERTICAL;
  const ordered = [...rectangles].sort(([, one], [, other]) => one[axis.at] - other[axis.at]);
  const { start, end } = extent(rectangles, axis);
  const filled = ordered.reduce((sum, [, rectangle]) => sum + rectangle[axis.size], 0);
  const gap = ordered.length > 1 ? (end - start - filled) / (ordered.length - 1) : 0;
  let next = start;
  const places = new Map<string, number>();
  for (const [id, rectangle] of ordered) {
    places.set(id, next);
    next += rectangle[axis.size] + gap;
  }
  return placed(rectangles, axis, (rectangle, id) => places.get(id) ?? rectangle[axis.at]);
}

function extent(rectangles: ReadonlyMap<string, Rectangle>, axis: Axis): { start: number; end: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const rectangle of rectangles.values()) {
    start = Math.min(start, rectangle[axis.at]);
    end = Math.max(end, rectangle[axis.at] + rectangle[axis.size]);
  }
  return { start, end };
}

function placed(
  rectangles: ReadonlyMap<string, Rectangle>,
  axis: Axis,
  place: (rectangle: Rectangle, id: string) => number,
): Positions {
  const entries = [...rectangles].map(([id, rectangle]): [string, Position] => {
    const { x, y } = rectangle;
    return [id, { x, y, [axis.at]: Math.round(place(rectangle, id)) }];
  });
  return new Map(entries);
}
