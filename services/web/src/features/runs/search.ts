/** The addresses of runs: what is filtered, selected and open is in the address, so that copying it shows the same. */

import type { RunState } from "@/api/schema";

export const RUN_STATES: readonly RunState[] = [
  "pending",
  "running",
  "cancelling",
  "succeeded",
  "failed",
  "cancelled",
];
export type RunsSearch = { state?: RunState[]; graph?: string };

export type RunTab = "logs" | "timeline" | "events";
/** `line`: of the log, from 1. */
export type RunSearch = {
  node?: string;
  tab?: RunTab;
  attempt?: number;
  stream?: string;
  line?: number;
  output?: string;
};

type Raw = Record<string, unknown>;

export function readRunsSearch(raw: Raw): RunsSearch {
  const states = (Array.isArray(raw.state) ? raw.state : [raw.state]).filter((state): state is RunState =>
    RUN_STATES.includes(state as RunState),
  );
  return { ...(states.length > 0 && { state: states }), ...text(raw, "graph") };
}

export function readRunSearch(raw: Raw): RunSearch {
  const tab = raw.tab === "logs" || raw.tab === "timeline" || raw.tab === "events" ? { tab: raw.tab } : {};
  return {
    ...text(raw, "node"),
    ...tab,
    ...whole(raw, "attempt"),
    ...text(raw, "stream"),
    ...whole(raw, "line"),
    ...text(raw, "output"),
  } as RunSearch;
}

function text<N extends string>(raw: Raw, name: N): { [K in N]?: string } {
  const value = raw[name];
  return typeof value === "string" || typeof value === "number"
    ? ({ [name]: String(value) } as { [K in N]: string })
    : {};
}

function whole<N extends string>(raw: Raw, name: N): { [K in N]?: number } {
  const value = Number(raw[name]);
  return Number.isInteger(value) && value > 0 ? ({ [name]: value } as { [K in N]: number }) : {};
}
