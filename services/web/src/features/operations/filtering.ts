/** The catalogue as people look through it: one entry for a name, with its versions. */

import type { OperationView } from "@/api/schema";
import type { OperationsSearch } from "@/features/operations/search";
import { type Operation, readOperation } from "@/graph/model";

export type Version = {
  readonly ref: string;
  readonly operation: Operation;
  readonly createdAt: string;
  readonly updatedAt: string;
};
/** `shown`: the one that people mean by the name. */
export type Entry = {
  readonly name: string;
  readonly shown: Version;
  readonly versions: readonly Version[];
  readonly updatedAt: string;
};

const FILE_KIND = "file";
/** Of two versions the more usable one stands for the name. */
const RANK = { ready: 3, deprecated: 2, draft: 1, retired: 0 } as const;

export function versionOf(view: OperationView): Version {
  const { ref, created_at: createdAt, updated_at: updatedAt } = view;
  return { ref, operation: readOperation(view.operation), createdAt, updatedAt };
}

/** In the order of their latest change; files are no operations here. */
export function entriesOf(views: readonly OperationView[]): Entry[] {
  const byName = new Map<string, Version[]>();
  for (const view of views) {
    const version = versionOf(view);
    if (version.operation.kind === FILE_KIND) continue;
    const name = `${version.operation.team}/${version.operation.name}`;
    byName.set(name, [...(byName.get(name) ?? []), version]);
  }
  return [...byName].map(([name, found]) => entryOf(name, found));
}

function entryOf(name: string, found: readonly Version[]): Entry {
  const versions = [...found].sort((one, other) => other.operation.version - one.operation.version);
  const best = versions.reduce((kept, version) =>
    RANK[version.operation.status] > RANK[kept.operation.status] ? version : kept,
  );
  const updatedAt =
    versions
      .map((version) => version.updatedAt)
      .sort()
      .at(-1) ?? best.updatedAt;
  return { name, shown: best, versions, updatedAt };
}

/** All words must be found somewhere; a status means that some version has it, which is shown then. */
export function filtered(entries: readonly Entry[], { q, kind, status }: OperationsSearch): Entry[] {
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return entries.flatMap((entry): Entry[] => {
    const shown =
      status === undefined
        ? entry.shown
        : entry.versions.find((version) => version.operation.status === status);
    if (shown === undefined || (kind !== undefined && shown.operation.kind !== kind)) return [];
    const text = textOf(shown.operation);
    return words.every((word) => text.includes(word)) ? [{ ...entry, shown }] : [];
  });
}

function textOf({ team, name, title, description, tags, kind, author, inputs, outputs }: Operation): string {
  const types = [...inputs.flatMap((input) => input.types), ...outputs.map((output) => output.type)];
  return [`${team}/${name}`, title, description, ...tags, kind, author, ...types].join(" ").toLowerCase();
}

/** How many entries each choice would show, the other filters as they are. */
export function countsBy(
  entries: readonly Entry[],
  search: OperationsSearch,
  by: "kind" | "status",
  choices: readonly string[],
): Map<string, number> {
  return new Map(
    choices.map((choice) => [
      choice,
      filtered(entries, { ...search, [by]: choice } as OperationsSearch).length,
    ]),
  );
}

export function kindsOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.map((entry) => entry.shown.operation.kind))].sort();
}
