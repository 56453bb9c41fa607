import type { OperationStatus } from "@/api/schema";

export const OPERATION_STATUSES: readonly OperationStatus[] = ["draft", "ready", "deprecated", "retired"];

export type OperationsSearch = { q?: string; kind?: string; status?: OperationStatus };

export function readOperationsSearch(raw: Record<string, unknown>): OperationsSearch {
  const status = OPERATION_STATUSES.find((known) => known === raw.status);
  return {
    ...(typeof raw.q === "string" && raw.q !== "" && { q: raw.q }),
    ...(typeof raw.kind === "string" && raw.kind !== "" && { kind: raw.kind }),
    ...(status !== undefined && { status }),
  };
}

export const OPERATION_TABS = ["about", "ports", "parameters", "running", "history"] as const;
export type OperationTab = (typeof OPERATION_TABS)[number];
export type OperationSearch = { tab?: OperationTab };

export function readOperationSearch(raw: Record<string, unknown>): OperationSearch {
  const tab = OPERATION_TABS.find((known) => known === raw.tab);
  return tab === undefined ? {} : { tab };
}
