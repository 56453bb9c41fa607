/** What can be put into a graph: of each operation the newest version that may be used, and what the graph brings itself. */

import { newest } from "@/graph/fitting";
import type { Catalogue, GraphDocument, Operation } from "@/graph/model";

export type Part = "all" | "operations" | "files";

export interface Entry {
  readonly reference: string;
  readonly operation: Operation;
  readonly title: string;
  readonly isOwn: boolean;
}

export function entriesOf(graph: GraphDocument, catalogue: Catalogue): Entry[] {
  const own = Object.entries(graph.operations).map((pair) => entry(pair, true));
  const others = newest(catalogue).map((pair) => entry(pair, false));
  return [...own.sort(byTitle), ...others.sort(byTitle)];
}

function entry([reference, operation]: readonly [string, Operation], isOwn: boolean): Entry {
  return { reference, operation, title: operation.title || operation.name, isOwn };
}

/** What should not be used any more comes last. */
function byTitle(one: Entry, other: Entry): number {
  const old = Number(isDeprecated(one)) - Number(isDeprecated(other));
  return old === 0 ? one.title.localeCompare(other.title) : old;
}

export function isDeprecated({ operation }: Entry): boolean {
  return operation.status === "deprecated";
}

/** Every word must be found; in titles and names sooner than in descriptions. */
export function matching(entries: readonly Entry[], query: string, part: Part): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = entries.flatMap((one) => {
    const isFile = one.operation.artifact !== null;
    if (part !== "all" && isFile !== (part === "files")) return [];
    const rank = rankOf(one, words);
    return rank === null ? [] : [{ one, rank }];
  });
  return ranked.sort((one, other) => one.rank - other.rank).map(({ one }) => one);
}

function rankOf({ operation, title, reference }: Entry, words: readonly string[]): number | null {
  const near = `${title} ${reference}`.toLowerCase();
  const far = `${operation.description} ${operation.tags.join(" ")} ${operation.kind}`.toLowerCase();
  let rank = 0;
  for (const word of words) {
    if (near.includes(word)) continue;
    if (!far.includes(word)) return null;
    rank += 1;
  }
  return rank;
}
