import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { isProblem } from "@/api/problems";
import { cloneGraph, graphKeys, planGraph, validateGraph } from "@/api/queries/graphs";
import type { RunCreate } from "@/api/schema";
import { asBody } from "@/editor/saving";
import { complain, graphOf, say, useEditor } from "@/editor/store";
import { savingOf } from "@/editor/useSavedBySelf";
import { useTexts } from "@/i18n";

type Errand = "validate" | "plan" | "clone";

/** What is asked of the platform about the graph as it is at this moment, saved or not. */
export function useErrands() {
  const t = useTexts();
  const editor = useEditor();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<Errand | null>(null);

  async function during(errand: Errand, work: () => Promise<void>): Promise<void> {
    setBusy(errand);
    try {
      await work();
    } catch (error) {
      complain(editor, error);
      if (isProblem(error) && error.problem.errors.length > 0) editor.setState({ issuesOpen: true });
    } finally {
      setBusy(null);
    }
  }
  return {
    busy,
    validate: () =>
      during("validate", async () => {
        const graph = graphOf(editor);
        const answer = await validateGraph(asBody(graph));
        editor.setState({ verdict: { graph, answer }, issuesOpen: answer.issues.length > 0 });
        if (answer.issues.length === 0) say(editor, t("editor.valid"));
      }),
    plan: () =>
      during("plan", async () => {
        const graph = graphOf(editor);
        const answer = await planGraph({ graph: asBody(graph), ...PLAIN });
        editor.setState({ plan: { graph, answer } });
      }),
    clone: () =>
      during("clone", async () => {
        if (!(await savingOf(editor).now())) return;
        const copy = await cloneGraph(editor.getState().id);
        void client.invalidateQueries({ queryKey: graphKeys.lists });
        void navigate({ to: "/graphs/$graph", params: { graph: copy.id } });
      }),
  };
}

/** A run without any wish. */
export const PLAIN: RunCreate = {
  failure_policy: "continue",
  force: false,
  labels: {},
  parameters: {},
  priority: 0,
  targets: [],
};
