/** What the canvas draws: of a graph that is edited, or of a run. It knows nothing of where these come from. */

import type { Position } from "@/graph/model";

export interface CanvasPort {
  readonly name: string;
  /** Of an output exactly one. */
  readonly types: readonly string[];
  readonly required: boolean;
  /** The operation has it; a link may still end at one that is gone. */
  readonly known: boolean;
}

export interface CanvasParameter {
  readonly name: string;
  /** As a person reads it; of a binding, what it is bound to. */
  readonly text: string;
  readonly bound: "parameter" | "output" | null;
  /** The node's own value, not the operation's default. */
  readonly set: boolean;
}

/** How a node of a run stands. */
export interface CanvasRun {
  readonly state: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** From 0 to 1; `null`: not known. */
  readonly progress?: number | null;
  /** Shown from the second on. */
  readonly attempt?: number;
  /** Why it waits, was restored or failed: on hover. */
  readonly reason?: string | null;
  readonly restoredFrom?: { readonly run: string; readonly node: string } | null;
}

/** What a run would do with a node. */
export interface CanvasPlan {
  readonly outcome: string;
  readonly reason: string;
  readonly seconds: number | null;
}

export interface CanvasIssue {
  readonly severity: "error" | "warning";
  readonly text: string;
}

/** Immutable: a card is drawn anew when, and only when, its object is another one. */
export interface CanvasNode {
  readonly id: string;
  readonly title: string;
  readonly operation: string;
  /** Of the operation; `file` for a file, empty where the operation is not known. */
  readonly kind: string;
  readonly position: Position;
  readonly inputs: readonly CanvasPort[];
  readonly outputs: readonly CanvasPort[];
  /** Exposed ones, and whatever is bound to an output. */
  readonly parameters: readonly CanvasParameter[];
  /** How many more parameters the node has a value for. */
  readonly hiddenParameters: number;
  readonly comment: string;
  readonly issue?: CanvasIssue | null;
  readonly run?: CanvasRun | null;
  readonly plan?: CanvasPlan | null;
}

export interface CanvasLink {
  readonly id: string;
  readonly kind: "data" | "binding" | "order";
  readonly from: string;
  /** Output; empty for order only. */
  readonly fromPort: string;
  readonly to: string;
  /** Input or parameter; empty for order only. */
  readonly toPort: string;
  /** Colours the link. */
  readonly type: string;
  /** Data is on its way. */
  readonly active?: boolean;
}

/** One end of a link: where it can be taken hold of. */
export interface Grip {
  readonly node: string;
  readonly side: "input" | "output" | "parameter" | "before" | "after";
  /** Empty for `before` and `after`, the ends of order-only links. */
  readonly port: string;
}

const SIDES: Readonly<Record<string, Grip["side"]>> = {
  in: "input",
  out: "output",
  par: "parameter",
  before: "before",
  after: "after",
};

export const BEFORE = "before:";
export const AFTER = "after:";

export function handleOf(side: Grip["side"], port: string): string {
  const prefix = Object.entries(SIDES).find(([, found]) => found === side)?.[0] ?? side;
  return `${prefix}:${port}`;
}

export function gripOf(node: string, handle: string): Grip {
  const at = handle.indexOf(":");
  return { node, side: SIDES[handle.slice(0, at)] ?? "output", port: handle.slice(at + 1) };
}

/** Where a link begins and where it ends. */
export function handlesOfLink({ kind, fromPort, toPort }: CanvasLink): [source: string, target: string] {
  if (kind === "order") return [BEFORE, AFTER];
  return [handleOf("output", fromPort), handleOf(kind === "data" ? "input" : "parameter", toPort)];
}
