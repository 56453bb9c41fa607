export type OperationsSearch = { q?: string };

export function readOperationsSearch(raw: Record<string, unknown>): OperationsSearch {
  return typeof raw.q === "string" && raw.q !== "" ? { q: raw.q } : {};
}
