/** `node`: the selected one. */
export type EditorSearch = { node?: string };

export function readEditorSearch(raw: Record<string, unknown>): EditorSearch {
  return typeof raw.node === "string" && raw.node !== "" ? { node: raw.node } : {};
}
