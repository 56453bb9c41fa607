import { SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { kindIcon } from "@/canvas/labels";
import { useCanvas } from "@/canvas/useCanvas";
import { insertSeen } from "@/editor/actions";
import editorClasses from "@/editor/Editor.module.css";
import { type Entry, entriesOf, isDeprecated, matching, type Part } from "@/editor/library/entries";
import classes from "@/editor/library/Library.module.css";
import { useEditor, useEditorState, useGraph } from "@/editor/store";
import { colourToken } from "@/graph/types";
import { useTexts } from "@/i18n";
import { useShortcuts } from "@/ui/shortcuts";

/** What is dragged from here to the canvas: the reference of an operation. */
export const DRAGGED = "application/x-plynx-operation";
const MOST_SHOWN = 200;
const PARTS: readonly Part[] = ["all", "operations", "files"];

export function Library() {
  const t = useTexts();
  const catalogue = useEditorState((state) => state.catalogue);
  const graph = useGraph();
  const [query, setQuery] = useState("");
  const [part, setPart] = useState<Part>("all");
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => entriesOf(graph, catalogue), [graph, catalogue]);
  const found = useMemo(() => matching(entries, query, part), [entries, query, part]);
  const shown = found.slice(0, MOST_SHOWN);
  useShortcuts([{ keys: "/", label: "library.search", scope: "canvas", act: () => box.current?.focus() }]);
  return (
    <>
      <div className={classes.search}>
        <TextInput
          ref={box}
          size="sm"
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") focusEntry(event, list.current, 0);
            if (event.key === "Escape") setQuery("");
          }}
          placeholder={t("library.search")}
          aria-label={t("library.search")}
          leftSection={<IconSearch size={15} aria-hidden />}
        />
      </div>
      <div className={classes.parts}>
        <SegmentedControl
          fullWidth
          size="xs"
          value={part}
          onChange={(value) => setPart(PARTS.find((one) => one === value) ?? "all")}
          data={PARTS.map((value) => ({ value, label: t(`library.${value}`) }))}
        />
      </div>
      <div className={editorClasses.scroll} ref={list}>
        <Group title={t("library.own")} entries={shown.filter(({ isOwn }) => isOwn)} />
        <Group title={t("library.catalogue")} entries={shown.filter(({ isOwn }) => !isOwn)} />
        {found.length === 0 && (
          <p className={classes.none} role="status">
            {query.trim() === "" ? t("library.empty") : t("library.none", { query })}
          </p>
        )}
        {found.length > shown.length && (
          <p className={classes.none}>{t("library.more", { count: found.length - shown.length })}</p>
        )}
      </div>
      <div className={classes.foot}>{t("library.hint")}</div>
    </>
  );
}

function Group({ title, entries }: { title: string; entries: readonly Entry[] }) {
  if (entries.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={classes.group}>{title}</h3>
      <div className={classes.list}>
        {entries.map((entry) => (
          <Row key={entry.reference} entry={entry} />
        ))}
      </div>
    </section>
  );
}

function Row({ entry }: { entry: Entry }) {
  const { reference, operation, title } = entry;
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const isFile = operation.artifact !== null;
  const Icon = kindIcon(isFile ? "file" : operation.kind);
  return (
    <button
      type="button"
      data-entry
      className={classes.entry}
      draggable
      title={t("library.insert", { name: title })}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED, reference);
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => insertSeen(editor, reference, canvas)}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const all = entriesIn(event.currentTarget.closest("aside"));
        if (step !== undefined) focusEntry(event, all, all.indexOf(event.currentTarget) + step);
      }}
    >
      <span className={classes.icon} data-file={isFile}>
        <Icon size={17} stroke={1.7} aria-hidden />
      </span>
      <span className={classes.names}>
        <span>{title}</span>
        <small>
          {isDeprecated(entry) && `${t("library.deprecated")} · `}
          {operation.description || reference}
        </small>
      </span>
      <span className={classes.types} aria-hidden>
        {operation.outputs.slice(0, 4).map(({ name, type }) => (
          <i key={name} style={{ "--port": `var(${colourToken(type)})` }} />
        ))}
      </span>
    </button>
  );
}

function entriesIn(root: Element | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>("[data-entry]") ?? [])];
}

function focusEntry(event: KeyboardEvent, root: Element | null | HTMLElement[], place: number): void {
  const all = Array.isArray(root) ? root : entriesIn(root);
  const target = all[place];
  if (!target) return;
  event.preventDefault();
  target.focus();
}
