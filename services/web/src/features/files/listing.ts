/** Files as people look through them: one entry for a name, the newest version first. */

import type { OperationView } from "@/api/schema";
import { type Operation, readOperation } from "@/graph/model";

export type FileVersion = {
  readonly ref: string;
  readonly operation: Operation;
  readonly createdAt: string;
};
export type FileEntry = {
  readonly name: string;
  readonly newest: FileVersion;
  readonly versions: readonly FileVersion[];
};

export function filesOf(views: readonly OperationView[]): FileEntry[] {
  const byName = new Map<string, FileVersion[]>();
  for (const view of views) {
    const { ref, created_at: createdAt } = view;
    const operation = readOperation(view.operation);
    const name = `${operation.team}/${operation.name}`;
    byName.set(name, [...(byName.get(name) ?? []), { ref, operation, createdAt }]);
  }
  return [...byName].flatMap(([name, found]): FileEntry[] => {
    const versions = [...found].sort((one, other) => other.operation.version - one.operation.version);
    const [newest] = versions;
    return newest === undefined ? [] : [{ name, newest, versions }];
  });
}

/** All words must be found somewhere; a digest, or its start, finds its file. */
export function searched(entries: readonly FileEntry[], q: string): FileEntry[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(({ name, versions }) => {
    const text = [name, ...versions.map(textOf)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function textOf({ operation: { title, description, tags, author, artifact } }: FileVersion): string {
  return [title, description, ...tags, author, artifact?.type ?? "", artifact?.digest ?? ""].join(" ");
}

/** The file of a reference, and the version that it names. */
export function fileAt(entries: readonly FileEntry[], ref: string | undefined) {
  for (const entry of entries) {
    const version = entry.versions.find((one) => one.ref === ref);
    if (version !== undefined) return { entry, version };
  }
  return null;
}

/** `null`: nobody has the name yet. */
export function nextVersion(entries: readonly FileEntry[], name: string): number | null {
  const known = entries.find(({ newest }) => newest.operation.name === name);
  return known === undefined ? null : known.newest.operation.version + 1;
}
