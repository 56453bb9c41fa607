import { useMemo } from "react";
import { useEditorState, useGraph } from "@/editor/store";
import { type OutlineNode, outline } from "@/graph/outline";

export function useOutline(): readonly OutlineNode[] {
  const graph = useGraph();
  const catalogue = useEditorState((state) => state.catalogue);
  return useMemo(() => outline(graph, catalogue), [graph, catalogue]);
}
