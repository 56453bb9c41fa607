/** A file where graphs are made: as a graph of its own, or as a node to paste. */

import type { Graph } from "@/api/schema";
import { copy } from "@/graph/clipboard";
import {
  EMPTY_GRAPH,
  exactRef,
  freshNodeId,
  type GraphDocument,
  type Operation,
  readNode,
  writeGraph,
} from "@/graph/model";

export function graphWith(file: Operation): GraphDocument {
  const node = readNode({
    id: freshNodeId(EMPTY_GRAPH, file.name),
    operation: exactRef(file),
    title: file.title,
    position: { x: 80, y: 80 },
  });
  return { ...EMPTY_GRAPH, name: file.name, title: file.title, nodes: [node] };
}

/** As the API takes it. */
export function documentWith(file: Operation): Graph {
  return writeGraph(graphWith(file)) as unknown as Graph;
}

/** Text for the clipboard, as the graph editor pastes it. */
export function nodeText(file: Operation): string {
  const graph = graphWith(file);
  return copy(
    graph,
    graph.nodes.map(({ id }) => id),
    new Map([[exactRef(file), file]]),
  );
}
