import { useEffect, useMemo } from "react";
import { Saving } from "@/editor/saving";
import type { Editor } from "@/editor/store";

const savings = new WeakMap<Editor, Saving>();

/** While the editor is open; and once more when it is left. */
export function useSavedBySelf(editor: Editor): void {
  const saving = useMemo(() => savingOf(editor), [editor]);
  useEffect(() => saving.start(), [saving]);
}

export function savingOf(editor: Editor): Saving {
  const known = savings.get(editor) ?? new Saving(editor);
  savings.set(editor, known);
  return known;
}
