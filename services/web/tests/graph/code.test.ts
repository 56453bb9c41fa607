import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { CodeError, fromCode, toCode, yamlOf } from "@/graph/code";
import { EMPTY_GRAPH, type Json } from "@/graph/model";
import { readYaml } from "@/graph/yamlText";
import * as any from "./arbitraries";
import { chain } from "./samples";

vi.setConfig({ testTimeout: 60_000 });

function issuesOf(text: string) {
  try {
    fromCode(text);
  } catch (error) {
    if (error instanceof CodeError) {
      return error.issues;
    }
    throw error;
  }
  return [];
}

test("a graph is written as people write it", () => {
  expect(
    toCode({ ...chain(), title: "Chain", description: "One\ntwo\n", nodes: chain().nodes.slice(2) }),
  ).toBe(
    `title: Chain
description: |
  One
  two
parameters:
- name: size
  type: int
  default: 3
nodes:
- id: c
  operation: t/read@1
  parameters:
    depth:
      $output:
        node: a
        output: count
  inputs:
    table:
    - node: a
      output: table
    more:
    - node: b
      output: text
  after:
  - b
  position:
    x: 600
    y: 40
`,
  );
  expect(toCode(EMPTY_GRAPH)).toBe("{}\n");
});

test("what is written reads as the same graph", () => {
  fc.assert(
    fc.property(any.graph, (graph) => {
      expect(fromCode(toCode(graph)).graph).toEqual(graph);
    }),
    { numRuns: 200 },
  );
});

test("any value that JSON can say is written without loss", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(..."\n\t \r:#'\"-\u2028\u0085\ufeff\u007fyé") }),
  );
  const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("value")), fc.dictionary(text, tie("value"))),
  })).value;
  fc.assert(
    fc.property(value, (found) => {
      expect(readYaml(yamlOf({ found: found as Json })).value).toEqual({ found });
    }),
    { numRuns: 500 },
  );
});

test("characters that other readers take for line breaks or refuse are written as escapes", () => {
  expect(yamlOf({ a: "b\u2028c", d: "\u007f", e: "\ufeff" })).toBe('a: "b\\Lc"\nd: "\\x7F"\ne: "\\uFEFF"\n');
});

describe("a mistake has its line", () => {
  test.each([
    [1, "empty", ""],
    [1, "empty", "# only a comment\n"],
    [3, "duplicate_key", "name: g\ntitle: x\nname: h"],
    [2, "syntax", "name: g\nnodes: [a"],
    [1, "syntax", "name: a: b"],
    [1, "unknown_alias", "name: *x"],
    [1, "unknown_alias", "name: &x [*x]"],
    [2, "second_document", "name: 1\n---\nname: 2"],
    [1, "key_is_no_text", "? [a]\n: 1"],
    [2, "tag", "name: x\ntitle: !!python/name:os.system x"],
    [1, "tag", "title: !!int x"],
    [1, "tag", "tags: !mine [x]"],
    [1, "too_deep", "- ".repeat(65)],
    [1, "too_deep", "[".repeat(2000)],
    [1, "number_too_large", `version: ${"9".repeat(30)}`],
    [1, "number_too_large", "a: 1e999"],
    [1, "too_long", " ".repeat(8 * 1024 * 1024 + 1)],
  ])("of YAML that is refused: line %i, %s", (line, reason, text) => {
    expect(issuesOf(text)).toMatchObject([{ line, reason, path: "", code: "malformed_yaml" }]);
  });

  test("in YAML that is no graph", () => {
    const text = "name: g\nnodes:\n- id: a\n  operation: x\n- id: b\n  operatoin: y\n";
    expect(issuesOf(text).map(({ line, path, code }) => [line, path, code])).toEqual([
      [5, "/nodes/1/operation", "missing_field"],
      [6, "/nodes/1/operatoin", "unknown_field"],
    ]);
  });

  test("also where the graph is read but not valid", () => {
    const { lineOf } = fromCode(
      "nodes:\n- id: a\n  operation: x\n  inputs:\n    i:\n    - {node: z, output: o}\n",
    );
    expect(
      ["/nodes/0/operation", "/nodes/0/inputs/i/0/node", "/nodes/0/parameters/p", ""].map(lineOf),
    ).toEqual([3, 6, 2, 1]);
  });
});

test("scalars are those of JSON, and keys are always text", () => {
  const text =
    "{a: yes, b: 2026-11-23, c: 1e-3, d: 012, e: 0x1F, f: ~, g: True, h: '1', i: 1_000, k: .5, l: , m: 0o17}";
  expect(readYaml(text).value).toEqual({
    a: "yes",
    b: "2026-11-23",
    c: 0.001,
    d: 12,
    e: 31,
    f: null,
    g: true,
    h: "1",
    i: "1_000",
    k: 0.5,
    l: null,
    m: 15,
  });
  expect(readYaml("1: a\ntrue: b\nnull: c\n: d\n").value).toEqual({ 1: "a", true: "b", null: "c", "": "d" });
  expect(readYaml("a: &x [1]\nb: *x\nc: !!str 5\nd: !!float 1.5\ne: !!null ~\nf: !!bool true").value).toEqual(
    {
      a: [1],
      b: [1],
      c: "5",
      d: 1.5,
      e: null,
      f: true,
    },
  );
});

test("aliases cannot explode", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level += 1) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  }
  expect(issuesOf(lines.join("\n"))).toMatchObject([{ reason: "too_many_values" }]);
});
