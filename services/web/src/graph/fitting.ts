/** Operations that fit a link which was dropped on the empty canvas. */

import type { Catalogue, Operation } from "./model";
import { closeness } from "./types";

/** The end that is held: an output looks for inputs, an input for outputs. */
export type End =
  | { readonly kind: "output"; readonly type: string }
  | { readonly kind: "input"; readonly types: readonly string[] };

export interface Fitting {
  /** As the catalogue names it. */
  readonly reference: string;
  readonly operation: Operation;
  /** The input or output that fits best. */
  readonly port: string;
}

interface Ranked extends Fitting {
  readonly rank: number;
}

const OPTIONAL = 0.5;
const DEPRECATED = 10;

/** Best fit first: the same type, then one that it stands for, then any file; required inputs before optional ones. */
export function fittingOperations(catalogue: Catalogue, end: End): Fitting[] {
  const ranked = newest(catalogue).flatMap(([reference, operation]): Ranked[] => {
    const [best] = ports(operation, end).sort((one, other) => one.rank - other.rank);
    const penalty = operation.status === "deprecated" ? DEPRECATED : 0;
    return best ? [{ reference, operation, port: best.name, rank: best.rank + penalty }] : [];
  });
  ranked.sort((one, other) => one.rank - other.rank || compare(titleOf(one), titleOf(other)));
  return ranked.map(({ reference, operation, port }) => ({ reference, operation, port }));
}

function ports(operation: Operation, end: End): { name: string; rank: number }[] {
  if (end.kind === "input") {
    return operation.outputs.flatMap((port) => {
      const rank = closeness(end.types, port.type);
      return rank === null ? [] : [{ name: port.name, rank }];
    });
  }
  return operation.inputs.flatMap((port) => {
    const rank = closeness(port.types, end.type);
    return rank === null ? [] : [{ name: port.name, rank: rank + (port.min > 0 ? 0 : OPTIONAL) }];
  });
}

/** Of each operation the newest version that is no draft; a draft only if there is nothing else. */
export function newest(catalogue: Catalogue): [string, Operation][] {
  const best = new Map<string, [string, Operation]>();
  for (const [reference, operation] of catalogue) {
    const name = `${operation.team}/${operation.name}`;
    const known = best.get(name);
    if (operation.status !== "retired" && (!known || isBetter(operation, known[1]))) {
      best.set(name, [reference, operation]);
    }
  }
  return [...best.values()];
}

function isBetter(one: Operation, other: Operation): boolean {
  const drafts = Number(one.status === "draft") - Number(other.status === "draft");
  return drafts === 0 ? one.version > other.version : drafts < 0;
}

function titleOf({ operation }: Fitting): string {
  return operation.title || operation.name;
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, "en");
}
