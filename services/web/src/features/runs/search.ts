/** The addresses of runs: what is filtered, selected and open is in the address, so that copying it shows the same. */

import type { RunState, Stream } from "@/api/schema";

export const RUN_STATES: readonly RunState[] = [
  "pending",
  "running",
  "cancelling",
  "succeeded",
  "failed",
  "cancelled",
];
/** `q`: in the title, the author, the labels. */
export type RunsSearch = { state?: RunState[]; graph?: string; q?: string };

export type RunTab = "logs" | "timeline" | "events";
export type RunView = "canvas" | "list";
export type NodePart = "overview" | "outputs" | "script" | "attempts";
/** `line`: of the log, from 1. */
export type RunSearch = {
  view?: RunView;
  node?: string;
  part?: NodePart;
  tab?: RunTab;
  attempt?: number;
  stream?: Stream;
  line?: number;
  output?: string;
};

type Raw = Record<string, unknown>;

export function readRunsSearch(raw: Raw): RunsSearch {
  const states = (Array.isArray(raw.state) ? raw.state : [raw.state]).filter((state): state is RunState =>
    RUN_STATES.includes(state as RunState),
  );
  return { ...(states.length > 0 && { state: states }), ...text(raw, "graph"), ...text(raw, "q") };
}

export function readRunSearch(raw: Raw): RunSearch {
  return {
    ...oneOf(raw, "view", ["canvas", "list"] as const),
    ...text(raw, "node"),
    ...oneOf(raw, "part", ["overview", "outputs", "script", "attempts"] as const),
    ...oneOf(raw, "tab", ["logs", "timeline", "events"] as const),
    ...whole(raw, "attempt"),
    ...oneOf(raw, "stream", ["stdout", "stderr", "worker"] as const),
    ...whole(raw, "line"),
    ...text(raw, "output"),
  };
}

function oneOf<N extends string, V extends string>(
  raw: Raw,
  name: N,
  values: readonly V[],
): { [K in N]?: V } {
  const value = values.find((one) => one === raw[name]);
  return value === undefined ? {} : ({ [name]: value } as { [K in N]: V });
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
