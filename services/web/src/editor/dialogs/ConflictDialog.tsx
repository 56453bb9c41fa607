import { Button, Loader, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { createGraph, graphKeys, readGraphNow } from "@/api/queries/graphs";
import classes from "@/editor/dialogs/Dialogs.module.css";
import { Difference } from "@/editor/dialogs/Difference";
import { asBody } from "@/editor/saving";
import { act, complain, graphOf, open, useEditor } from "@/editor/store";
import { readGraph } from "@/graph/model";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** Two have drawn on one graph: nobody's work is thrown away unseen. */
export function ConflictDialog() {
  const t = useTexts();
  const editor = useEditor();
  const [isLooking, setLooking] = useState(false);
  const { data, error } = useQuery({
    queryKey: ["conflict", editor.getState().id],
    queryFn: () => readGraphNow(editor.getState().id),
    gcTime: 0,
    staleTime: 0,
  });
  const { takeTheirs, keepCopy } = useWays(data);
  return (
    <Dialog opened onClose={() => open(editor, null)} title={t("conflict.title")} size="xl">
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loader size="sm" aria-label={t("loading")} />}
      {data && (
        <Stack gap="sm">
          <div>{t("conflict.text", { who: data.saved_by, revision: data.revision })}</div>
          <div className={classes.way}>
            <div>
              <strong>{t("conflict.theirs")}</strong>
              <p>{t("conflict.theirs_hint")}</p>
            </div>
            <Button onClick={takeTheirs}>{t("conflict.theirs")}</Button>
          </div>
          <div className={classes.way}>
            <div>
              <strong>{t("conflict.copy")}</strong>
              <p>{t("conflict.copy_hint")}</p>
            </div>
            <Button variant="default" onClick={() => void keepCopy()}>
              {t("conflict.copy")}
            </Button>
          </div>
          <Button variant="default" onClick={() => setLooking(!isLooking)} aria-expanded={isLooking}>
            {t("conflict.look")}
          </Button>
          {isLooking && <Difference theirs={readGraph(data.graph)} mine={graphOf(editor)} />}
        </Stack>
      )}
    </Dialog>
  );
}

type Stored = Awaited<ReturnType<typeof readGraphNow>>;

function useWays(stored: Stored | undefined) {
  const t = useTexts();
  const editor = useEditor();
  const client = useQueryClient();
  const navigate = useNavigate();
  /** As a step of the history: mine can be had back by Undo, and is then saved over theirs knowingly. */
  function takeTheirs(): void {
    if (!stored) return;
    act(editor, { type: "replaceGraph", graph: readGraph(stored.graph) }, { glide: true });
    const saved = { graph: graphOf(editor), etag: stored.etag };
    editor.setState({ saved, saving: { at: "rest" }, dialog: null });
  }
  async function keepCopy(): Promise<void> {
    const mine = graphOf(editor);
    try {
      const title = t("conflict.copy_title", { title: mine.title || t("editor.untitled") });
      const copy = await createGraph(asBody({ ...mine, title }));
      void client.invalidateQueries({ queryKey: graphKeys.lists });
      takeTheirs();
      void navigate({ to: "/graphs/$graph", params: { graph: copy.id } });
    } catch (failure) {
      complain(editor, failure);
    }
  }
  return { takeTheirs, keepCopy };
}
