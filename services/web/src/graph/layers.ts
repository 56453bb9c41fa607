/** Layers from left to right with few crossings, in linear time: for graphs that are too large for dagre. */

import { type Edges, reversed, topologicalOrder } from "./dag";
import type { Position } from "./model";

/** Over all layers, forth and back: more changes little. */
const SWEEPS = 4;

export interface Spacing {
  readonly betweenLayers: number;
  readonly betweenNodes: number;
  readonly sizeOf: (id: string) => { readonly width: number; readonly height: number };
}

/** Of every node; those of a cycle, and those behind it, go into a last layer. */
export function layered(parents: Edges, spacing: Spacing): Map<string, Position> {
  const children = reversed(parents);
  const layers = layersOf(parents, children);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    sortEach(forth ? layers : [...layers].reverse(), forth ? parents : children);
  }
  const heights = layers.map((layer) => heightOf(layer, spacing));
  const tallest = heights.reduce((one, other) => Math.max(one, other), 0);
  const places = new Map<string, Position>();
  let x = 0;
  layers.forEach((layer, index) => {
    let y = (tallest - (heights[index] ?? 0)) / 2;
    let widest = 0;
    for (const id of layer) {
      const { width, height } = spacing.sizeOf(id);
      places.set(id, { x, y });
      y += height + spacing.betweenNodes;
      widest = Math.max(widest, width);
    }
    x += widest + spacing.betweenLayers;
  });
  return places;
}

function heightOf(layer: readonly string[], { sizeOf, betweenNodes }: Spacing): number {
  return layer.reduce((sum, id) => sum + sizeOf(id).height + betweenNodes, -betweenNodes);
}

/** Each node right behind the last of its parents; what has none stands right before its first child. */
function layersOf(parents: Edges, children: Edges): string[][] {
  const order = topologicalOrder(parents, children);
  const depths = new Map<string, number>();
  const depthOf = (id: string) => depths.get(id) ?? Number.POSITIVE_INFINITY;
  for (const id of order) {
    depths.set(id, Math.max(-1, ...(parents.get(id) ?? []).map(depthOf)) + 1);
  }
  const deepest = Math.max(-1, ...new Set(depths.values()));
  for (const id of order) {
    const below = (children.get(id) ?? []).map(depthOf).filter(Number.isFinite);
    if (parents.get(id)?.length === 0 && below.length > 0) {
      depths.set(id, Math.min(...below) - 1);
    }
  }
  const layers: string[][] = Array.from({ length: deepest + 2 }, () => []);
  for (const id of parents.keys()) {
    layers[depths.get(id) ?? deepest + 1]?.push(id);
  }
  return layers.filter((layer) => layer.length > 0);
}

/** Sorts each layer by the middle of where its neighbours in the layers before it stand. */
function sortEach(layers: readonly string[][], neighbours: Edges): void {
  const rows = new Map<string, number>();
  for (const layer of layers) {
    const middles = new Map(layer.map((id, row) => [id, middle(neighbours.get(id) ?? [], rows, row)]));
    layer.sort((one, other) => (middles.get(one) ?? 0) - (middles.get(other) ?? 0));
    layer.forEach((id, row) => {
      rows.set(id, row);
    });
  }
}

function middle(neighbours: readonly string[], rows: ReadonlyMap<string, number>, otherwise: number): number {
  const known = neighbours.flatMap((id) => rows.get(id) ?? []);
  return known.length > 0 ? known.reduce((sum, row) => sum + row, 0) / known.length : otherwise;
}
