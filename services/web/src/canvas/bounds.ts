/** The rectangle around nodes, and how to look at it. */

import type { Viewport } from "@xyflow/react";
import { sizeOf } from "@/canvas/geometry";
import type { CanvasNode } from "@/canvas/model";
import type { Rectangle, Size } from "@/graph/layout";

export const ZOOM = { least: 0.05, most: 2 } as const;
const MARGIN = 28;
const SMALLEST = 0.4;

/** `null`: there are none. */
export function boundsOf(nodes: readonly CanvasNode[]): Rectangle | null {
  if (nodes.length === 0) return null;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    const { x, y } = node.position;
    const { width, height } = sizeOf(node);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export function withinZoom(zoom: number): number {
  return Math.min(Math.max(zoom, ZOOM.least), ZOOM.most);
}

/** All of it in the middle of the screen, no closer than `closest`. */
export function viewOf({ x, y, width, height }: Rectangle, screen: Size, closest: number): Viewport {
  const wanted = Math.min(
    (screen.width - 2 * MARGIN) / width,
    (screen.height - 2 * MARGIN) / height,
    closest,
  );
  const zoom = withinZoom(wanted);
  return {
    x: screen.width / 2 - (x + width / 2) * zoom,
    y: screen.height / 2 - (y + height / 2) * zoom,
    zoom,
  };
}

/** Wholly in sight, and large enough to be told apart. */
export function isSeen({ x, y, width, height }: Rectangle, view: Viewport, screen: Size): boolean {
  const [left, top] = [x * view.zoom + view.x, y * view.zoom + view.y];
  const [right, bottom] = [left + width * view.zoom, top + height * view.zoom];
  return view.zoom >= SMALLEST && left >= 0 && top >= 0 && right <= screen.width && bottom <= screen.height;
}
