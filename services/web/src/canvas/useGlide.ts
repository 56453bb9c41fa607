import { useLayoutEffect, useRef, useState } from "react";
import type { CanvasNode } from "@/canvas/model";
import type { Position } from "@/graph/model";

const LENGTH_MS = 280;
type Positions = ReadonlyMap<string, Position>;

/** Whenever `occasion` is another one, nodes go from where they were to where they are now. */
export function useGlide(nodes: readonly CanvasNode[], occasion: unknown): Positions | null {
  const before = useRef({ nodes, occasion });
  const [shown, setShown] = useState<Positions | null>(null);
  useLayoutEffect(() => {
    const last = before.current;
    before.current = { nodes, occasion };
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (last.occasion === occasion || isCalm) return;
    return glide(last.nodes, nodes, setShown);
  }, [nodes, occasion]);
  return shown;
}

function glide(
  from: readonly CanvasNode[],
  to: readonly CanvasNode[],
  show: (positions: Positions | null) => void,
): () => void {
  const starts = new Map(from.map(({ id, position }) => [id, position]));
  const moved = to.flatMap(({ id, position: end }) => {
    const start = starts.get(id);
    return start && (start.x !== end.x || start.y !== end.y) ? [{ id, start, end }] : [];
  });
  if (moved.length === 0) return () => undefined;
  const began = performance.now();
  let frame = 0;
  const step = () => {
    const share = Math.min(1, (performance.now() - began) / LENGTH_MS);
    const eased = 1 - (1 - share) ** 3;
    const at = (one: number, other: number) => one + (other - one) * eased;
    const places = moved.map(({ id, start, end }): [string, Position] => [
      id,
      { x: at(start.x, end.x), y: at(start.y, end.y) },
    ]);
    show(share < 1 ? new Map(places) : null);
    if (share < 1) frame = requestAnimationFrame(step);
  };
  step();
  return () => {
    cancelAnimationFrame(frame);
    show(null);
  };
}
