import { knownParents } from "@/graph/dag";
import { readGraph } from "@/graph/model";

/** The nodes of a run's snapshot that wait for no other: everything is below them. */
export function rootsOf(snapshot: unknown): string[] {
  return [...knownParents(readGraph(snapshot))].flatMap(([node, parents]) =>
    parents.length === 0 ? [node] : [],
  );
}
