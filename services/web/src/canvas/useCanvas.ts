import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import { boundsOf, viewOf } from "@/canvas/bounds";
import { useCards } from "@/canvas/CanvasProvider";
import type { Position } from "@/graph/model";

const QUICK = 200;

export interface Canvas {
  readonly fit: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  /** Brings these into view, and no closer than they are read well. */
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
    const show = (wanted: ReadonlySet<string> | null, closest: number) => {
      const bounds = boundsOf(cards.current.filter(({ id }) => wanted?.has(id) ?? true));
      if (bounds) void flow.setViewport(viewOf(bounds, store.getState(), closest), { duration: QUICK });
    };
    return {
      fit: () => show(null, 1.1),
      zoomIn: () => void flow.zoomIn({ duration: QUICK }),
      zoomOut: () => void flow.zoomOut({ duration: QUICK }),
      reveal: (ids) => show(new Set(ids), 1),
      centre: ({ x, y }) => void flow.setCenter(x, y, { zoom: flow.getZoom() }),
      toDocument: (point) => flow.screenToFlowPosition(point),
      middle: () => {
        const box = store.getState().domNode?.getBoundingClientRect() ?? new DOMRect();
        return flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      },
    };
  }, [flow, store, cards]);
}
