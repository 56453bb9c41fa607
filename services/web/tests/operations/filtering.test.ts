import { describe, expect, test } from "vitest";
import type { OperationView } from "@/api/schema";
import { countsBy, entriesOf, filtered, kindsOf } from "@/features/operations/filtering";

function view(name: string, version: number, fields: object = {}): OperationView {
  const operation = { team: "vision", name, version, kind: "python", status: "ready", ...fields };
  const at = `2026-01-0${version}T00:00:00Z`;
  const ref = `vision/${name}@${version}`;
  return { ref, revision: 1, digest: null, operation, created_at: at, updated_at: at };
}

const VIEWS = [
  view("train", 3, { status: "draft" }),
  view("train", 2, { title: "Train a forest", tags: ["sklearn"] }),
  view("train", 1, { status: "deprecated" }),
  view("split", 1, { kind: "command", outputs: [{ name: "test", type: "parquet" }] }),
  view("iris", 1, { kind: "file" }),
];

describe("the catalogue", () => {
  const entries = entriesOf(VIEWS);

  test("has one entry for a name, shown by its most usable version, and no files", () => {
    expect(entries.map(({ name, shown }) => [name, shown.operation.version])).toEqual([
      ["vision/train", 2],
      ["vision/split", 1],
    ]);
    expect(entries[0]?.versions.map(({ operation }) => operation.version)).toEqual([3, 2, 1]);
    expect(entries[0]?.updatedAt).toBe("2026-01-03T00:00:00Z");
  });

  test("finds all words wherever they stand, types included", () => {
    expect(filtered(entries, { q: "FOREST  sklearn" }).map(({ name }) => name)).toEqual(["vision/train"]);
    expect(filtered(entries, { q: "parquet" }).map(({ name }) => name)).toEqual(["vision/split"]);
    expect(filtered(entries, { q: "forest parquet" })).toEqual([]);
  });

  test("shows the version that has the status that was asked for", () => {
    const [draft] = filtered(entries, { status: "draft" });
    expect(draft?.shown.ref).toBe("vision/train@3");
    expect(filtered(entries, { status: "retired" })).toEqual([]);
  });

  test("counts for each choice what it would show, the other filters as they are", () => {
    expect(kindsOf(entries)).toEqual(["command", "python"]);
    const counts = countsBy(entries, { q: "vision", kind: "python" }, "status", ["ready", "draft"]);
    expect([...counts]).toEqual([
      ["ready", 1],
      ["draft", 1],
    ]);
  });
});
