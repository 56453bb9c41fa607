import type { Viewport } from "@xyflow/react";
import { type RefObject, useLayoutEffect, useState } from "react";
import { boundsOf, viewOf } from "@/canvas/bounds";
import type { CanvasNode } from "@/canvas/model";

/** All of the graph, known before anything is drawn; `null` until the canvas has a size. */
export function useFirstView(
  frame: RefObject<HTMLElement | null>,
  nodes: readonly CanvasNode[],
): Viewport | null {
  const [view, setView] = useState<Viewport | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the first look is chosen, later ones are the person's
  useLayoutEffect(() => {
    const screen = frame.current?.getBoundingClientRect();
    const bounds = boundsOf(nodes);
    setView(screen && bounds ? viewOf(bounds, screen, 1) : { x: 0, y: 0, zoom: 1 });
  }, []);
  return view;
}
