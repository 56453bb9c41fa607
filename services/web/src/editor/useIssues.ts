import { useDeferredValue, useMemo } from "react";
import { isSameGraph, useEditorState, useGraph } from "@/editor/store";
import { issueText } from "@/editor/texts";
import type { GraphDocument } from "@/graph/model";
import { pointerSteps } from "@/graph/pointers";
import { type Issue, type Severity, validateGraph } from "@/graph/validation";

export interface Finding {
  readonly key: string;
  /** A hint says what comes next, where nothing is wrong yet. */
  readonly severity: Severity | "hint";
  readonly text: string;
  readonly node: string | null;
  readonly path: string;
}

/** Our own judgement at once; the platform's, where it found more, as long as it is about this very document. */
export function useIssues(): readonly Finding[] {
  const graph = useDeferredValue(useGraph());
  const catalogue = useEditorState((state) => state.catalogue);
  const verdict = useEditorState((state) => state.verdict);
  return useMemo(() => {
    const own = validateGraph(graph, catalogue).map((issue) => ({
      key: `${issue.code} ${issue.path}`,
      severity: severityOf(issue),
      text: issueText(issue),
      node: issue.node ?? nodeAt(graph, issue.path),
      path: issue.path,
    }));
    const known = new Set(own.map(({ key }) => key));
    const theirs = verdict && isSameGraph(verdict.graph, graph) ? verdict.answer.issues : [];
    const more = theirs.flatMap(({ code, path, message, severity }): Finding[] => {
      const key = `${code} ${path}`;
      const finding = { key, text: message, node: nodeAt(graph, path), path };
      return known.has(key) ? [] : [{ ...finding, severity: severity === "error" ? "error" : "warning" }];
    });
    return [...own, ...more].sort((one, other) => rank(one) - rank(other));
  }, [graph, catalogue, verdict]);
}

/** Nobody who has just begun has made a mistake; to a run the platform says it still. */
function severityOf({ code, severity }: Issue): Finding["severity"] {
  return code === "empty_graph" ? "hint" : severity;
}

function rank({ severity }: Finding): number {
  return ["error", "warning", "hint"].indexOf(severity);
}

function nodeAt(graph: GraphDocument, path: string): string | null {
  const [part, index] = pointerSteps(path);
  return part === "nodes" ? (graph.nodes[Number(index)]?.id ?? null) : null;
}
