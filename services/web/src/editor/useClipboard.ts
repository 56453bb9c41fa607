import { useEffect } from "react";
import type { Canvas } from "@/canvas/useCanvas";
import { pasteText, removeSelected, selectedNodes } from "@/editor/actions";
import { type Editor, graphOf, say } from "@/editor/store";
import { copy } from "@/graph/clipboard";
import { t } from "@/i18n";

/** By the browser's own events: they need no permission, and leave text in fields and on the page alone. */
export function useClipboard(editor: Editor, canvas: Canvas): void {
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      const ids = selectedNodes(editor);
      if (isText(event) || ids.length === 0) return;
      event.clipboardData?.setData("text/plain", copy(graphOf(editor), ids, editor.getState().catalogue));
      event.preventDefault();
      say(editor, t("editor.copied", { count: ids.length }));
      if (event.type === "cut") removeSelected(editor);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isText(event)) return;
      event.preventDefault();
      pasteText(editor, event.clipboardData?.getData("text/plain") ?? "", canvas.middle());
      // Once they are drawn: more than fits the rest of the screen is brought into view.
      requestAnimationFrame(() => canvas.reveal(editor.getState().selected));
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [editor, canvas]);
}

/** Meant for a field, a dialog, or for words that are marked on the page. */
function isText({ target, type }: ClipboardEvent): boolean {
  const marked = type !== "paste" && (document.getSelection()?.toString() ?? "") !== "";
  const field = "input, textarea, select, [contenteditable=true], [role=dialog]";
  return marked || (target instanceof Element && target.closest(field) !== null);
}
