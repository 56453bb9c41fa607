import { type Node, useReactFlow, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import type { Position } from "@/graph/model";

const QUICK = 200;

export interface Canvas {
  readonly fit: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  /** Brings these into view, and no closer than they are read well. */
  readonly reveal: (ids: readonly string[]) => void;
  /** From the page (`clientX`, `clientY`) to the document. */
  readonly toDocument: (point: Position) => Position;
  /** The middle of what is seen, in the document. */
  readonly middle: () => Position;
}

/** What toolbars, shortcuts and panels do with the canvas; below a `CanvasProvider`. */
export function useCanvas(): Canvas {
  const flow = useReactFlow();
  const store = useStoreApi();
  return useMemo(
    () => ({
      fit: () => void flow.fitView({ padding: 0.12, maxZoom: 1.1, duration: QUICK }),
      zoomIn: () => void flow.zoomIn({ duration: QUICK }),
      zoomOut: () => void flow.zoomOut({ duration: QUICK }),
      reveal: (ids) => {
        const nodes = ids.flatMap((id): Pick<Node, "id">[] => (flow.getNode(id) ? [{ id }] : []));
        if (nodes.length > 0) void flow.fitView({ nodes, padding: 0.4, maxZoom: 1, duration: QUICK });
      },
      toDocument: (point) => flow.screenToFlowPosition(point),
      middle: () => {
        const box = store.getState().domNode?.getBoundingClientRect() ?? new DOMRect();
        return flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      },
    }),
    [flow, store],
  );
}
