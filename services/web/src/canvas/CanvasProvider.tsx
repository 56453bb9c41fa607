import { ReactFlowProvider } from "@xyflow/react";
import { createContext, type ReactNode, type RefObject, useContext, useRef } from "react";
import type { CanvasNode } from "@/canvas/model";

const Cards = createContext<RefObject<readonly CanvasNode[]>>({ current: [] });

/** Around a canvas and whatever speaks with it by `useCanvas`. */
export function CanvasProvider({ children }: { children: ReactNode }) {
  const cards = useRef<readonly CanvasNode[]>([]);
  return (
    <ReactFlowProvider>
      <Cards value={cards}>{children}</Cards>
    </ReactFlowProvider>
  );
}

/** All nodes of the canvas, also those that React Flow is not told of. */
export function useCards(): RefObject<readonly CanvasNode[]> {
  return useContext(Cards);
}
