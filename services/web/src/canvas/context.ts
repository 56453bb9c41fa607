import { createContext, useContext } from "react";
import type { Grip } from "@/canvas/model";

export interface CanvasRules {
  /** Nothing can be moved or linked. */
  readonly readOnly: boolean;
  /** In words; `null`: the link may be made. */
  readonly whyNot: (one: Grip, other: Grip) => string | null;
}

export const CanvasContext = createContext<CanvasRules>({ readOnly: true, whyNot: () => null });

export function useCanvasRules(): CanvasRules {
  return useContext(CanvasContext);
}
