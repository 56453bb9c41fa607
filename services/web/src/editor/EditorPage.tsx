import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { graphQuery } from "@/api/queries/graphs";
import { CanvasSource } from "@/canvas/derive";
import { CanvasProvider, GraphCanvas } from "@/canvas/GraphCanvas";
import { readGraph } from "@/graph/model";

export function EditorPage() {
  const { graph: id } = useParams({ from: "/graphs/$graph" });
  const { data } = useQuery(graphQuery(id));
  const source = useMemo(() => new CanvasSource(), []);
  const drawn = useMemo(
    () => (data ? source.draw(readGraph(data.graph), new Map()) : { nodes: [], links: [] }),
    [data, source],
  );
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  if (!data) return null;
  return (
    <CanvasProvider>
      <GraphCanvas {...drawn} selected={selected} onSelect={setSelected} label={data.title} />
    </CanvasProvider>
  );
}
