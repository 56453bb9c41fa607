import { Button, Drawer, Group } from "@mantine/core";
import { useMemo, useState } from "react";
import classes from "@/editor/dialogs/Dialogs.module.css";
import { act, graphOf, open, useEditor } from "@/editor/store";
import { issueText } from "@/editor/texts";
import { CodeError, type CodeIssue, fromCode, toCode } from "@/graph/code";
import type { Catalogue, GraphDocument } from "@/graph/model";
import { validateGraph } from "@/graph/validation";
import { t, textOr, useTexts } from "@/i18n";
import { CodeEditor, type LineNote } from "@/ui/CodeEditor";

type Reading = { graph: GraphDocument | null; notes: LineNote[] };

/** The graph as the platform exports it. Applied as a whole: one step that can be undone. */
export function CodeDialog() {
  const t = useTexts();
  const editor = useEditor();
  const [start] = useState(() => toCode(graphOf(editor)));
  const [text, setText] = useState(start);
  const { catalogue } = editor.getState();
  const { graph, notes } = useMemo(() => reading(text, catalogue), [text, catalogue]);
  function apply(): void {
    if (graph && act(editor, { type: "replaceGraph", graph }, { glide: true })) open(editor, null);
  }
  const isSame = text === start;
  return (
    <Drawer
      closeButtonProps={{ "aria-label": t("action.close") }}
      opened
      onClose={() => open(editor, null)}
      position="right"
      size="min(760px, 92vw)"
      title={t("code.title")}
      closeOnEscape={isSame}
      closeOnClickOutside={isSame}
      classNames={{ content: classes.drawer, body: classes.body }}
    >
      <div className={classes.code}>
        <CodeEditor value={text} onChange={setText} language="yaml" label={t("code.label")} notes={notes} />
      </div>
      <Group justify="space-between" className={classes.foot}>
        <span className="quiet" role="status">
          {graph ? t(isSame ? "code.unchanged" : "code.hint") : t("code.wrong", { count: notes.length })}
        </span>
        <Group gap="xs">
          <Button variant="default" onClick={() => open(editor, null)}>
            {t(isSame ? "action.close" : "code.revert")}
          </Button>
          <Button onClick={apply} disabled={graph === null || isSame}>
            {t("code.apply")}
          </Button>
        </Group>
      </Group>
    </Drawer>
  );
}

function reading(code: string, catalogue: Catalogue): Reading {
  try {
    const read = fromCode(code);
    const issues = validateGraph(read.graph, catalogue).filter(({ code }) => code !== "empty_graph");
    const found = issues.map((issue) => ({
      line: read.lineOf(issue.path),
      text: issueText(issue),
      severity: issue.severity,
    }));
    return { graph: read.graph, notes: found };
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    return { graph: null, notes: error.issues.map(noteOf) };
  }
}

function noteOf({ line, code, path, params, reason }: CodeIssue): LineNote {
  const detail = params.detail || reason || "";
  const text =
    code === "malformed_yaml" ? t("code.malformed_yaml", { detail }) : textOr(`code.${code}`, code, params);
  return { line, text: path && code !== "malformed_yaml" ? `${path}: ${text}` : text, severity: "error" };
}
