import { useCanvas } from "@/canvas/useCanvas";
import { arrange, duplicateSelected, goTo, removeSelected, selectAll, selectedNodes } from "@/editor/actions";
import { doAgain, type Editor, graphOf, open, select, takeBack, useEditor } from "@/editor/store";
import { useClipboard } from "@/editor/useClipboard";
import { savingOf } from "@/editor/useSavedBySelf";
import { knownParents, topologicalOrder } from "@/graph/dag";
import type { Key } from "@/i18n";
import { type Shortcut, useShortcuts } from "@/ui/shortcuts";

const nothing = () => undefined;

export function useEditorShortcuts(): void {
  const editor = useEditor();
  const canvas = useCanvas();
  useClipboard(editor, canvas);
  const key = (keys: string, label: Key, act: () => void): Shortcut => ({
    keys,
    label,
    scope: "canvas",
    act,
  });
  useShortcuts([
    key("a", "editor.add", () => open(editor, "add")),
    key("n", "editor.next_node", () => {
      const next = nextNode(editor);
      if (next !== undefined) goTo(editor, canvas, next);
    }),
    key("Delete", "editor.delete", () => removeSelected(editor)),
    key("Backspace", "editor.delete", () => removeSelected(editor)),
    key("Mod+z", "editor.undo", () => takeBack(editor)),
    key("Mod+Shift+z", "editor.redo", () => doAgain(editor)),
    key("Mod+y", "editor.redo", () => doAgain(editor)),
    { ...key("Mod+c", "editor.copy", nothing), native: true },
    { ...key("Mod+x", "editor.cut", nothing), native: true },
    { ...key("Mod+v", "editor.paste", nothing), native: true },
    key("Mod+d", "editor.duplicate", () => duplicateSelected(editor)),
    key("Mod+a", "editor.select_all", () => selectAll(editor)),
    key("Escape", "editor.deselect", () => select(editor, [])),
    { ...key("Mod+f", "editor.find", () => open(editor, "find")), inFields: true },
    { ...key("Mod+s", "editor.save", () => void savingOf(editor).now()), inFields: true },
    { ...key("Mod+Enter", "editor.run", () => open(editor, "run")), inFields: true },
    key("l", "editor.arrange", () => arrange(editor)),
    key("o", "outline.title", () => editor.setState({ side: "outline" })),
  ]);
}

/** Along the data; after the last one comes the first. */
function nextNode(editor: Editor): string | undefined {
  const order = topologicalOrder(knownParents(graphOf(editor)));
  const at = order.indexOf(selectedNodes(editor)[0] ?? "");
  return order[(at + 1) % order.length];
}
