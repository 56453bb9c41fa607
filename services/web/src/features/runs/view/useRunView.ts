import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { nodeRecordsQuery, outlinesQuery, runGraphQuery } from "@/api/queries/runs";
import { CanvasSource } from "@/canvas/derive";
import type { CanvasLink, CanvasNode } from "@/canvas/model";
import { knownParents, topologicalOrder } from "@/graph/dag";
import { type GraphDocument, readGraph } from "@/graph/model";
import { RunCards } from "./cards";

const NO_CATALOGUE = new Map();
const NO_NODES: readonly CanvasNode[] = [];
const NO_LINKS: readonly CanvasLink[] = [];

export type RunGraph = {
  /** The snapshot of what is run; its operations travel with it. */
  readonly document: GraphDocument;
  /** Producers before consumers. */
  readonly order: readonly string[];
  readonly nodes: readonly CanvasNode[];
  readonly links: readonly CanvasLink[];
};

/** The snapshot, laid out once. */
export function useRunGraph(run: string) {
  const query = useQuery(runGraphQuery(run));
  const graph = useMemo((): RunGraph | null => {
    if (query.data === undefined) return null;
    const document = readGraph(query.data);
    const order = topologicalOrder(knownParents(document));
    return { document, order, ...new CanvasSource().draw(document, NO_CATALOGUE) };
  }, [query.data]);
  return { graph, query };
}

/** Cards and links as they stand at this moment. */
export function useRunCards(run: string, graph: RunGraph | null) {
  const [cards] = useState(() => new RunCards());
  const { data: outlines } = useQuery(outlinesQuery(run));
  const { data: records } = useQuery(nodeRecordsQuery(run));
  const nodes = useMemo(
    () => cards.draw(graph?.nodes ?? NO_NODES, outlines, records),
    [cards, graph, outlines, records],
  );
  const links = useMemo(() => cards.drawLinks(graph?.links ?? NO_LINKS, outlines), [cards, graph, outlines]);
  return { nodes, links };
}
