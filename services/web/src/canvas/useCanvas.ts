import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import { boundsOf, isSeen, viewOf, withinZoom } from "@/canvas/bounds";
import { useCards } from "@/canvas/CanvasProvider";
import type { Position } from "@/graph/model";

const QUICK = 200;
const READABLE = 0.75;
const STEP = 1.3;

export interface Canvas {
  readonly fit: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  /** Brings these into view; what is seen well already stays where it is. */
  readonly reveal: (ids: Iterable<string>) => void;
  readonly centre: (at: Position) => void;
  /** From the page (`clientX`, `clientY`) to the document. */
  readonly toDocument: (point: Position) => Position;
  /** The middle of what is seen, in the document. */
  readonly middle: () => Position;
}

/** What toolbars, shortcuts and panels do with the canvas; below a `CanvasProvider`. */
export function useCanvas(): Canvas {
  const flow = useReactFlow();
  const store = useStoreApi();
  const cards = useCards();
  return useMemo(() => {
    // Who clicks faster than the canvas moves gets as many steps as clicks: the next one starts from where this leads.
    let goal = { zoom: 1, until: 0 };
    const zoomBy = (factor: number) => {
      const now = performance.now();
      const from = now < goal.until ? goal.zoom : flow.getZoom();
      goal = { zoom: withinZoom(from * factor), until: now + QUICK };
      void flow.zoomTo(goal.zoom, { duration: QUICK });
    };
    const fit = () => {
      const bounds = boundsOf(cards.current);
      if (bounds) void flow.setViewport(viewOf(bounds, store.getState(), 1.1), { duration: QUICK });
    };
    return {
      fit,
      zoomIn: () => zoomBy(STEP),
      zoomOut: () => zoomBy(1 / STEP),
      reveal: (ids) => {
        const wanted = new Set(ids);
        const bounds = boundsOf(cards.current.filter(({ id }) => wanted.has(id)));
        const zoom = flow.getZoom();
        if (bounds && !isSeen(bounds, flow.getViewport(), store.getState())) {
          const view = viewOf(bounds, store.getState(), Math.min(Math.max(zoom, READABLE), 1));
          void flow.setViewport(view, { duration: QUICK });
        }
      },
      centre: ({ x, y }) => void flow.setCenter(x, y, { zoom: flow.getZoom() }),
      toDocument: (point) => flow.screenToFlowPosition(point),
      middle: () => {
        const box = store.getState().domNode?.getBoundingClientRect() ?? new DOMRect();
        return flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      },
    };
  }, [flow, store, cards]);
}
