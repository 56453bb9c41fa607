/** Undo and redo: a graph with the steps that led to it and those that were taken back. */

import { apply, type Command, type Label, labelOf, type Restore } from "./commands";
import type { GraphDocument } from "./model";

export const MOST_STEPS = 500;
export const MERGED_WITHIN_MS = 1000;

/** One thing that a person did. */
export interface Step {
  readonly label: Label;
  /** Takes the step back, or does it again, from where the history stands. */
  readonly restore: Restore;
  /** Edits of one field have the same. */
  readonly mergeKey: string | null;
  /** Milliseconds; of its newest edit. */
  readonly at: number;
}

export interface History {
  readonly present: GraphDocument;
  /** Oldest first. */
  readonly past: readonly Step[];
  /** What `redo` does next stands last. */
  readonly future: readonly Step[];
}

export interface Occasion {
  /** Milliseconds, of a clock that only goes forward. */
  readonly at: number;
  /** Edits of the same field in quick succession become one step; typing and dragging give the same key. */
  readonly mergeKey?: string;
}

export function startHistory(graph: GraphDocument): History {
  return { present: graph, past: [], future: [] };
}

/** Throws `CommandError`; a command without effect is no step. */
export function perform(history: History, command: Command, occasion: Occasion): History {
  const { graph, inverse } = apply(history.present, command);
  if (graph === history.present) {
    return history;
  }
  const step: Step = {
    label: labelOf(command),
    restore: inverse,
    mergeKey: occasion.mergeKey ?? null,
    at: occasion.at,
  };
  const last = history.past.at(-1);
  const past =
    last && history.future.length === 0 && belongTogether(last, step)
      ? [...history.past.slice(0, -1), merged(last, step)]
      : [...history.past, step].slice(-MOST_STEPS);
  return { present: graph, past, future: [] };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  if (!step) {
    return history;
  }
  const { graph, inverse } = apply(history.present, step.restore);
  const future = [...history.future, { ...step, restore: inverse, mergeKey: null }];
  return { present: graph, past: history.past.slice(0, -1), future };
}

export function redo(history: History): History {
  const step = history.future.at(-1);
  if (!step) {
    return history;
  }
  const { graph, inverse } = apply(history.present, step.restore);
  const past = [...history.past, { ...step, restore: inverse }];
  return { present: graph, past, future: history.future.slice(0, -1) };
}

export function canUndo(history: History): boolean {
  return history.past.length > 0;
}

export function canRedo(history: History): boolean {
  return history.future.length > 0;
}

export function undoLabel(history: History): Label | null {
  return history.past.at(-1)?.label ?? null;
}

export function redoLabel(history: History): Label | null {
  return history.future.at(-1)?.label ?? null;
}

function belongTogether(last: Step, step: Step): boolean {
  return step.mergeKey !== null && step.mergeKey === last.mergeKey && step.at - last.at <= MERGED_WITHIN_MS;
}

/** What the older step saw before wins. */
function merged(last: Step, step: Step): Step {
  const fields = { ...step.restore.fields, ...last.restore.fields };
  return { ...step, restore: { type: "restore", fields } };
}
