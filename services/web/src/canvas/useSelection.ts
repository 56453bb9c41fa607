import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useRef } from "react";
import type { CardNode, LinkEdge } from "@/canvas/reactFlow";

type Change = NodeChange<CardNode> | EdgeChange<LinkEdge>;

/** Nodes and links are selected together, though React Flow tells of them one after the other. */
export function useSelection(selected: ReadonlySet<string>, onSelect: (ids: ReadonlySet<string>) => void) {
  const newest = useRef(selected);
  newest.current = selected;
  return useCallback(
    (changes: readonly Change[]) => {
      const chosen = changes.filter((change) => change.type === "select");
      if (chosen.length === 0) return;
      const next = new Set(newest.current);
      for (const { id, selected: isSelected } of chosen) {
        if (isSelected) next.add(id);
        else next.delete(id);
      }
      newest.current = next;
      onSelect(next);
    },
    [onSelect],
  );
}
