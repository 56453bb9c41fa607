import { useMemo, useState } from "react";
import { CanvasSource } from "@/canvas/derive";
import type { CanvasIssue, CanvasNode, CanvasPlan } from "@/canvas/model";
import { isSameGraph, useEditorState, useGraph } from "@/editor/store";
import { type Finding, useIssues } from "@/editor/useIssues";

/** What the canvas draws: the document, with what was found about it and what a run would do. */
export function useDrawing() {
  const graph = useGraph();
  const catalogue = useEditorState((state) => state.catalogue);
  const plan = useEditorState((state) => state.plan);
  const issues = useIssues();
  const [source] = useState(() => new CanvasSource());
  const [marks] = useState(() => new Marks());
  const drawn = useMemo(() => source.draw(graph, catalogue), [source, graph, catalogue]);
  const nodes = useMemo(() => {
    const plans = plan && isSameGraph(plan.graph, graph) ? plan.answer.nodes : [];
    return marks.put(drawn.nodes, firstIssues(issues), new Map(plans.map((one) => [one.node, one])));
  }, [marks, drawn, issues, plan, graph]);
  return { nodes, links: drawn.links };
}

/** The worst of each node, in words that tell of the others. */
function firstIssues(issues: readonly Finding[]): Map<string, CanvasIssue> {
  const found = new Map<string, CanvasIssue>();
  for (const { node, severity, text } of issues) {
    if (node === null || severity === "hint") continue;
    const known = found.get(node);
    found.set(node, known ? { ...known, text: `${known.text}\n${text}` } : { severity, text });
  }
  return found;
}

interface Marked {
  readonly card: CanvasNode;
  readonly issue: CanvasIssue | undefined;
  readonly plan: CanvasPlan | undefined;
  readonly marked: CanvasNode;
}

/** Cards without marks stay as they are; one whose marks did not change stays the same object. */
class Marks {
  #known = new Map<string, Marked>();

  put(
    cards: readonly CanvasNode[],
    issues: ReadonlyMap<string, CanvasIssue>,
    plans: ReadonlyMap<string, CanvasPlan>,
  ): CanvasNode[] {
    const next = new Map<string, Marked>();
    for (const card of cards) {
      const [issue, plan] = [issues.get(card.id), plans.get(card.id)];
      if (issue || plan) next.set(card.id, this.#marked(card, issue, plan));
    }
    this.#known = next;
    return cards.map((card) => next.get(card.id)?.marked ?? card);
  }

  #marked(card: CanvasNode, issue: CanvasIssue | undefined, plan: CanvasPlan | undefined): Marked {
    const last = this.#known.get(card.id);
    const same =
      last?.card === card &&
      last.plan === plan &&
      last.issue?.text === issue?.text &&
      last.issue?.severity === issue?.severity;
    return same ? last : { card, issue, plan, marked: { ...card, issue: issue ?? null, plan: plan ?? null } };
  }
}
