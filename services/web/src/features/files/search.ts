/** `file`: the reference of the one that is shown, `team/name@version`. */
export type FilesSearch = { q?: string; file?: string };

export function readFilesSearch(raw: Record<string, unknown>): FilesSearch {
  return {
    ...(typeof raw.q === "string" && raw.q !== "" && { q: raw.q }),
    ...(typeof raw.file === "string" && { file: raw.file }),
  };
}
