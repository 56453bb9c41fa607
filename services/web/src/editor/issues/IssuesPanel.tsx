import { ActionIcon } from "@mantine/core";
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconCircleCheck,
  IconExclamationCircle,
  IconInfoCircle,
} from "@tabler/icons-react";
import { useCanvas } from "@/canvas/useCanvas";
import { goTo } from "@/editor/actions";
import classes from "@/editor/issues/IssuesPanel.module.css";
import { type Editor, graphOf, select, useEditor, useEditorState } from "@/editor/store";
import { type Finding, useIssues } from "@/editor/useIssues";
import { nodeOf } from "@/graph/model";
import { titleOf } from "@/graph/outline";
import { useTexts } from "@/i18n";

const ICONS = { error: IconExclamationCircle, warning: IconAlertTriangle, hint: IconInfoCircle } as const;

/** What is wrong with the graph; each line leads to its place. */
export function IssuesPanel() {
  const t = useTexts();
  const editor = useEditor();
  const isOpen = useEditorState((state) => state.issuesOpen);
  const issues = useIssues();
  const Chevron = isOpen ? IconChevronDown : IconChevronUp;
  return (
    <section className={classes.panel} aria-label={t("issues.title")}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={isOpen}
        onClick={() => editor.setState({ issuesOpen: !isOpen })}
      >
        <Summary issues={issues} />
        <span className={classes.hint}>{t("issues.hint")}</span>
        <ActionIcon component="span" variant="subtle" color="gray" size={24} aria-hidden>
          <Chevron size={16} />
        </ActionIcon>
      </button>
      {isOpen && issues.length > 0 && (
        <ul className={classes.list}>
          {issues.map((issue) => (
            <li key={issue.key}>
              <Line issue={issue} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Summary({ issues }: { issues: readonly Finding[] }) {
  const t = useTexts();
  const [first] = issues;
  if (!first) {
    return (
      <span className={classes.summary} data-severity="none" role="status">
        <IconCircleCheck size={16} aria-hidden />
        {t("issues.none")}
      </span>
    );
  }
  const count = (wanted: Finding["severity"]) => issues.filter(({ severity }) => severity === wanted).length;
  // The worst comes first.
  const Icon = ICONS[first.severity];
  return (
    <span className={classes.summary} data-severity={first.severity} role="status">
      <Icon size={16} aria-hidden />
      {first.severity === "hint"
        ? first.text
        : t("issues.count", { errors: count("error"), warnings: count("warning") })}
    </span>
  );
}

function Line({ issue }: { issue: Finding }) {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const Icon = ICONS[issue.severity];
  return (
    <button
      type="button"
      className={classes.line}
      onClick={() => (issue.node === null ? select(editor, []) : goTo(editor, canvas, issue.node))}
    >
      <span className={classes.mark} data-severity={issue.severity}>
        <Icon size={15} aria-label={t(`issues.severity.${issue.severity}`)} />
      </span>
      <strong>{issue.node === null ? t("issues.graph") : titleIn(editor, issue.node)}</strong>
      <span>{issue.text}</span>
    </button>
  );
}

function titleIn(editor: Editor, id: string): string {
  const graph = graphOf(editor);
  const node = nodeOf(graph, id);
  if (!node) return id;
  return titleOf(node, graph.operations[node.operation] ?? editor.getState().catalogue.get(node.operation));
}
