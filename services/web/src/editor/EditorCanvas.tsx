import { IconArrowBigLeftLines } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type DragEvent, useEffect, useMemo, useState } from "react";
import { GraphCanvas } from "@/canvas/GraphCanvas";
import type { Grip } from "@/canvas/model";
import { useCanvas } from "@/canvas/useCanvas";
import { AddBox } from "@/editor/AddBox";
import { insert } from "@/editor/actions";
import { CanvasMenu, type MenuAt } from "@/editor/CanvasMenu";
import classes from "@/editor/Editor.module.css";
import { FindBox } from "@/editor/FindBox";
import { FitMenu } from "@/editor/FitMenu";
import { DRAGGED } from "@/editor/library/Library";
import { judgeOf, linkCommand } from "@/editor/linking";
import { Notice } from "@/editor/Notice";
import { PlanBar } from "@/editor/PlanBar";
import { act, select, useEditor, useEditorState, useGraph } from "@/editor/store";
import { useDrawing } from "@/editor/useDrawing";
import type { Position } from "@/graph/model";
import { useTexts } from "@/i18n";

export interface DroppedLink {
  readonly from: Grip;
  readonly at: Position;
  readonly pointer: Position;
}

export function EditorCanvas() {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const graph = useGraph();
  const { nodes, links } = useDrawing();
  const selected = useEditorState((state) => state.selected);
  const catalogue = useEditorState((state) => state.catalogue);
  const glide = useEditorState((state) => state.glide);
  const dialog = useEditorState((state) => state.dialog);
  const [dropped, setDropped] = useState<DroppedLink | null>(null);
  const [menu, setMenu] = useState<MenuAt | null>(null);
  const whyNot = useMemo(() => judgeOf(graph, catalogue), [graph, catalogue]);
  useSelectionInAddress(selected);

  function drop(event: DragEvent): void {
    const reference = event.dataTransfer.getData(DRAGGED);
    if (reference === "") return;
    event.preventDefault();
    insert(editor, reference, canvas.toDocument({ x: event.clientX - 60, y: event.clientY - 20 }));
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the pointer, Enter in the library for the keyboard
    <div
      className={classes.canvas}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={drop}
    >
      <GraphCanvas
        nodes={nodes}
        links={links}
        selected={selected}
        onSelect={(ids) => select(editor, ids)}
        onMove={(positions, how) =>
          act(editor, { type: "moveNodes", positions }, how === "keys" ? { mergeKey: "move by keys" } : {})
        }
        onLink={(from, to) => {
          const command = linkCommand(from, to);
          if (command) act(editor, command);
        }}
        whyNot={whyNot}
        onDropLink={(from, at, pointer) => setDropped({ from, at, pointer })}
        onMenu={(node, pointer) => {
          if (node !== null && !selected.has(node)) select(editor, [node]);
          setMenu({ node, pointer });
        }}
        glide={glide}
        label={t("editor.canvas", { title: graph.title || t("editor.untitled") })}
      />
      {graph.nodes.length === 0 && <Empty />}
      <PlanBar />
      {dialog === "find" && <FindBox />}
      {dialog === "add" && <AddBox />}
      {dropped && <FitMenu dropped={dropped} close={() => setDropped(null)} />}
      {menu && <CanvasMenu menu={menu} close={() => setMenu(null)} />}
      <Notice />
    </div>
  );
}

function Empty() {
  const t = useTexts();
  return (
    <div className={classes.empty}>
      <div>
        <IconArrowBigLeftLines size={34} stroke={1.3} color="var(--text-quiet)" aria-hidden />
        <h2>{t("editor.empty")}</h2>
        <p>{t("editor.empty_hint")}</p>
      </div>
    </div>
  );
}

/** The address names the node that is looked at, so that a copy of it shows the same. */
function useSelectionInAddress(selected: ReadonlySet<string>): void {
  const navigate = useNavigate({ from: "/graphs/$graph" });
  const [only] = selected.size === 1 ? [...selected] : [];
  const node = only?.includes(":") ? undefined : only;
  useEffect(() => {
    void navigate({ search: node === undefined ? {} : { node }, replace: true });
  }, [navigate, node]);
}
