import { describe, expect, test } from "vitest";
import type { OperationView } from "@/api/schema";
import { graphWith, nodeText } from "@/features/files/asGraph";
import { fileAt, filesOf, nextVersion, searched } from "@/features/files/listing";
import { addedIds, paste } from "@/graph/clipboard";
import { EMPTY_GRAPH } from "@/graph/model";

const DIGEST = "9f".repeat(32);

function view(name: string, version: number, fields: object = {}): OperationView {
  const operation = {
    team: "vision",
    name,
    version,
    kind: "file",
    status: "ready",
    outputs: [{ name: "file", type: "csv" }],
    artifact: { digest: DIGEST, size: 12, type: "csv" },
    ...fields,
  };
  const at = "2026-01-01T00:00:00Z";
  return {
    ref: `vision/${name}@${version}`,
    revision: 1,
    digest: null,
    operation,
    created_at: at,
    updated_at: at,
  };
}

describe("files", () => {
  const entries = filesOf([view("iris", 1), view("iris", 2, { tags: ["botany"] }), view("digits", 1)]);

  test("stand under their names, the newest version first", () => {
    expect(entries.map(({ name, newest }) => [name, newest.operation.version])).toEqual([
      ["vision/iris", 2],
      ["vision/digits", 1],
    ]);
  });

  test("are found by words, and by the start of a digest", () => {
    expect(searched(entries, "BOTANY").map(({ name }) => name)).toEqual(["vision/iris"]);
    expect(searched(entries, DIGEST.slice(0, 12))).toHaveLength(2);
    expect(searched(entries, "iris digits")).toEqual([]);
  });

  test("are found by the reference of any version", () => {
    expect(fileAt(entries, "vision/iris@1")?.version.operation.version).toBe(1);
    expect(fileAt(entries, "vision/iris@3")).toBeNull();
    expect(fileAt(entries, undefined)).toBeNull();
  });

  test("of a name that is there become its next version", () => {
    expect(nextVersion(entries, "iris")).toBe(3);
    expect(nextVersion(entries, "new")).toBeNull();
  });

  test("become a graph of one node, and text that a canvas takes", () => {
    const file = entries[0]?.newest.operation;
    if (file === undefined) throw new Error("no file");
    expect(graphWith(file).nodes.map(({ operation }) => operation)).toEqual(["vision/iris@2"]);
    expect(addedIds(paste(EMPTY_GRAPH, nodeText(file), { x: 0, y: 0 }))).toEqual(["iris"]);
  });
});
