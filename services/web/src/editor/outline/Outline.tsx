import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, type KeyboardEvent, useRef, useState } from "react";
import { useCanvas } from "@/canvas/useCanvas";
import { goTo, removeSelected } from "@/editor/actions";
import editorClasses from "@/editor/Editor.module.css";
import classes from "@/editor/outline/Outline.module.css";
import { OutlineDetails } from "@/editor/outline/OutlineDetails";
import { act, type Editor, graphOf, select, useEditor, useEditorState } from "@/editor/store";
import { useOutline } from "@/editor/useOutline";
import { GRID } from "@/graph/layout";
import { nodeOf } from "@/graph/model";
import type { OutlineNode } from "@/graph/outline";
import { useTexts } from "@/i18n";

/** The graph as a tree: everything the canvas does, for those who do not use a pointer. */
export function Outline() {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const nodes = useOutline();
  const selected = useEditorState((state) => state.selected);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    nodes.findIndex(({ id }) => id === current),
  );

  function walk(place: number): void {
    const next = nodes[Math.min(Math.max(place, 0), nodes.length - 1)];
    if (!next) return;
    setCurrent(next.id);
    goTo(editor, canvas, next.id);
    tree.current?.querySelectorAll<HTMLElement>("[data-item]")[nodes.indexOf(next)]?.focus();
  }
  function toggle(id: string, isOpen: boolean): void {
    setOpened(new Set(isOpen ? [...opened, id] : [...opened].filter((one) => one !== id)));
  }
  function onKeyDown(event: KeyboardEvent, node: OutlineNode): void {
    if (event.ctrlKey || event.metaKey) return;
    const push = event.altKey ? PUSHES[event.key] : undefined;
    const what = push ? () => pushNode(editor, node.id, push) : actionOf(event, node);
    if (!what) return;
    event.preventDefault();
    event.stopPropagation();
    what();
  }
  function actionOf({ key, currentTarget }: KeyboardEvent, node: OutlineNode): (() => void) | null {
    switch (key) {
      case "ArrowDown":
        return () => walk(at + 1);
      case "ArrowUp":
        return () => walk(at - 1);
      case "Home":
        return () => walk(0);
      case "End":
        return () => walk(nodes.length - 1);
      case "ArrowRight":
      case "ArrowLeft":
        return () => toggle(node.id, key === "ArrowRight");
      case "Enter":
        return () => edit(editor, node.id);
      case "Delete":
        return () => remove(editor, node.id);
      case "l":
        return () => {
          toggle(node.id, true);
          addLink(currentTarget);
        };
      default:
        return null;
    }
  }
  if (nodes.length === 0) return <p className={editorClasses.hint}>{t("outline.empty")}</p>;
  return (
    <>
      <div ref={tree} className={classes.tree} role="tree" aria-label={t("outline.tree")}>
        {nodes.map((node, place) => (
          <Fragment key={node.id}>
            <div
              data-item
              role="treeitem"
              tabIndex={place === at ? 0 : -1}
              aria-selected={selected.has(node.id)}
              aria-expanded={opened.has(node.id)}
              className={classes.item}
              onFocus={() => setCurrent(node.id)}
              onKeyDown={(event) => onKeyDown(event, node)}
            >
              <Row
                node={node}
                isOpen={opened.has(node.id)}
                toggle={() => toggle(node.id, !opened.has(node.id))}
                pick={() => goTo(editor, canvas, node.id)}
              />
            </div>
            {opened.has(node.id) && <OutlineDetails node={node} />}
          </Fragment>
        ))}
      </div>
      <div className={editorClasses.hint}>{t("outline.help")}</div>
    </>
  );
}

type RowProps = { node: OutlineNode; isOpen: boolean; toggle: () => void; pick: () => void };

function Row({ node, isOpen, toggle, pick }: RowProps) {
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the tree item around it has the keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree item around it has the keys
    <div className={classes.row} onClick={pick}>
      <Chevron
        size={15}
        aria-hidden
        onClick={(event) => {
          event.stopPropagation();
          toggle();
        }}
      />
      <span className={classes.names}>
        <span>{node.title}</span>
        <small>{node.operation}</small>
      </span>
    </div>
  );
}

const PUSHES: Readonly<Record<string, { x: number; y: number }>> = {
  ArrowUp: { x: 0, y: -GRID },
  ArrowDown: { x: 0, y: GRID },
  ArrowLeft: { x: -GRID, y: 0 },
  ArrowRight: { x: GRID, y: 0 },
};

function pushNode(editor: Editor, id: string, by: { x: number; y: number }): void {
  const position = nodeOf(graphOf(editor), id)?.position ?? { x: 0, y: 0 };
  const positions = new Map([[id, { x: position.x + by.x, y: position.y + by.y }]]);
  act(editor, { type: "moveNodes", positions }, { mergeKey: `push ${id}` });
}

function remove(editor: Editor, id: string): void {
  select(editor, [id]);
  removeSelected(editor);
}

/** To the first field of its properties. */
function edit(editor: Editor, id: string): void {
  select(editor, [id]);
  requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-properties] input")?.focus());
}

/** Its first menu of links; the row is opened first. */
function addLink(item: EventTarget & Element): void {
  requestAnimationFrame(() =>
    item.nextElementSibling?.querySelector<HTMLElement>("[data-add-link]")?.click(),
  );
}
