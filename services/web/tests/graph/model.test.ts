import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { boundOutput, boundParameter, isBinding } from "@/graph/bindings";
import { closest } from "@/graph/closest";
import { findCycle, knownParents, pathBetween, reachable, reversed, topologicalOrder } from "@/graph/dag";
import { isEqual } from "@/graph/equality";
import {
  exactRef,
  freshNodeId,
  links,
  operationOf,
  readGraph,
  ShapeError,
  writeGraph,
  writeOperation,
} from "@/graph/model";
import { pointer, pointerSteps } from "@/graph/pointers";
import { colourToken } from "@/graph/types";
import { hasErrors, validateGraph } from "@/graph/validation";
import * as any from "./arbitraries";
import { aGraph, aNode, CATALOGUE, chain, OPERATIONS } from "./samples";

vi.setConfig({ testTimeout: 60_000 });

describe("a document", () => {
  test("is written without what says nothing, and reads as the same graph", () => {
    expect(writeGraph(aGraph([aNode("a")]))).toEqual({ nodes: [{ id: "a", operation: "t/make@1" }] });
    fc.assert(
      fc.property(any.graph, (graph) => {
        expect(readGraph(JSON.parse(JSON.stringify(writeGraph(graph))))).toEqual(graph);
      }),
    );
  });

  test("of an operation is written under the names people write", () => {
    expect(writeOperation({ ...OPERATIONS.make, parameters: [], _timeout: 5 })).toEqual({
      team: "t",
      name: "make",
      status: "ready",
      title: "Make a table",
      kind: "command",
      outputs: [
        { name: "table", type: "csv" },
        { name: "count", type: "int" },
      ],
      cmd: "make",
      _timeout: 5,
    });
  });

  test("that does not fit says what was expected", () => {
    const read = () => readGraph({ nodes: [{ id: "a", operation: 1 }], extra: 0 });
    expect(read).toThrow(ShapeError);
    expect(read).toThrow("invalid_type at '/nodes/0/operation'");
    expect(read).toThrow(
      expect.objectContaining({
        issues: [
          {
            path: "/nodes/0/operation",
            code: "invalid_type",
            params: { field: "operation", expected: "text" },
          },
          expect.objectContaining({ path: "/extra", code: "unknown_field" }),
        ],
      }),
    );
  });
});

describe("an id", () => {
  const fresh = (name: string, ...taken: string[]) => freshNodeId(aGraph(taken.map((id) => aNode(id))), name);

  test("is the operation's name, with a number if it is taken", () => {
    expect(fresh("t/make@1")).toBe("make");
    expect(fresh("t/make@1", "make", "make-2")).toBe("make-3");
    expect(freshNodeId(aGraph([]), "make", new Set(["make"]))).toBe("make-2");
  });

  test("is always one", () => {
    expect(fresh("Größe & Co_")).toBe("gr-e-co_");
    expect(fresh("--")).toBe("node");
    const long = "x".repeat(63);
    expect(fresh("x".repeat(80), long)).toBe(`${"x".repeat(61)}-2`);
  });
});

test("a node's operation is the graph's own, then that of the catalogue", () => {
  const graph = { ...aGraph([]), operations: { "t/make@1": OPERATIONS.read } };
  expect(operationOf(graph, CATALOGUE, { operation: "t/make@1" })).toBe(OPERATIONS.read);
  expect(operationOf(aGraph([]), CATALOGUE, { operation: "t/make@1" })).toBe(OPERATIONS.make);
  expect(operationOf(graph, CATALOGUE, { operation: "constructor" })).toBeUndefined();
  expect(exactRef(OPERATIONS.make)).toBe("t/make@1");
});

test("links have ids of their own that do not depend on their places", () => {
  expect(links(chain()).map((link) => link.id)).toEqual([
    "data:a.table>b.table",
    "data:a.table>c.table",
    "data:b.text>c.more",
    "binding:a.count>c.depth",
    "order:b>c",
  ]);
  const twice = { node: "b", output: "text" };
  const graph = aGraph([aNode("c", { inputs: { more: [twice, twice] }, after: ["b", "b"] })]);
  expect(links(graph).map((link) => link.id)).toEqual([
    "data:b.text>c.more",
    "data:b.text>c.more#2",
    "order:b>c",
  ]);
});

test("bindings are told from values and from what only looks like one", () => {
  expect(boundParameter({ $param: "p" })).toBe("p");
  expect([null, "p", [], {}, { $param: 1 }, { $param: "p", x: 1 }].map(boundParameter)).toEqual(
    Array(6).fill(null),
  );
  expect(boundOutput({ $output: { node: "a", output: "o" } })).toEqual({ node: "a", output: "o" });
  const malformed = [
    1,
    {},
    { $output: 1 },
    { $output: { node: "a" } },
    { $output: { node: "a", output: 1 } },
  ];
  expect(malformed.map(boundOutput)).toEqual(Array(5).fill(null));
  expect([{ $param: 1, x: 1 }, { $output: 0 }, {}, null].map(isBinding)).toEqual([true, true, false, false]);
});

describe("the shape of a graph", () => {
  const parents = knownParents(chain());

  test("gives an order, and all that depends on a node", () => {
    expect(topologicalOrder(parents)).toEqual(["a", "b", "c"]);
    expect(reachable(reversed(parents), ["b"])).toEqual(new Set(["b", "c"]));
    expect(findCycle(parents)).toBeNull();
  });

  test("gives the way between two nodes", () => {
    expect(pathBetween(reversed(parents), "a", "c")).toEqual(["a", "c"]);
    expect(pathBetween(reversed(parents), "c", "a")).toBeNull();
  });

  test("every order has parents first, and what is not in it is in or behind a cycle", () => {
    fc.assert(
      fc.property(any.graph, (graph) => {
        const found = knownParents(graph);
        const order = topologicalOrder(found);
        for (const [index, name] of order.entries()) {
          expect(order.slice(0, index)).toEqual(expect.arrayContaining([...(found.get(name) ?? [])]));
        }
        const cycle = findCycle(found);
        expect(cycle === null).toBe(order.length === graph.nodes.length);
        cycle?.forEach((name, index) => {
          expect(found.get(cycle[(index + 1) % cycle.length] ?? "")).toContain(name);
        });
      }),
    );
  });
});

test("an issue names its node, what is wrong with a value, and a word that may have been meant", () => {
  const graph = aGraph([
    aNode("a", { operation: "t/mak@1" }),
    aNode("b", { parameters: { rows: "x", lable: "" } }),
  ]);
  const found = validateGraph(graph, CATALOGUE);
  expect(found).toEqual([
    {
      code: "unknown_operation",
      path: "/nodes/0/operation",
      severity: "error",
      node: "a",
      params: { node: "a", operation: "t/mak@1", suggestion: "t/make@1" },
    },
    {
      code: "invalid_parameter",
      path: "/nodes/1/parameters/rows",
      severity: "error",
      node: "b",
      params: { node: "b", name: "rows" },
      refusal: { code: "not_whole_number", params: { value: "x" } },
    },
    {
      code: "unknown_parameter",
      path: "/nodes/1/parameters/lable",
      severity: "error",
      node: "b",
      params: { node: "b", name: "lable", suggestion: "label" },
    },
  ]);
  expect([hasErrors(found), hasErrors([])]).toEqual([true, false]);
});

test("kinds, types and pools are only judged if it is known which there are", () => {
  const operation = {
    ...OPERATIONS.make,
    kind: "plugin",
    outputs: [{ name: "o", type: "dicom", description: "" }],
  };
  const graph = {
    ...aGraph([aNode("a", { operation: "mine", pool: "far" })]),
    operations: { mine: operation },
  };
  expect(validateGraph(graph, CATALOGUE)).toEqual([]);
  const strict = { kinds: new Set(["command"]), types: new Set(["csv"]), pools: new Set(["default"]) };
  expect(validateGraph(graph, CATALOGUE, strict).map((issue) => issue.code)).toEqual([
    "unknown_kind",
    "unknown_type",
    "unreachable_pool",
  ]);
});

test("a validation never throws", () => {
  fc.assert(
    fc.property(any.graph, (graph) => {
      for (const issue of validateGraph(graph, CATALOGUE, { pools: new Set() })) {
        expect(issue.path).toMatch(/^\//);
      }
    }),
    { numRuns: 300 },
  );
});

test("words are alike if at most a third of their letters differ", () => {
  expect(closest("tabel", ["table", "label"])).toBe("table");
  expect(closest("xyz", ["table"])).toBeUndefined();
  expect(closest("", ["table"])).toBeUndefined();
  expect(closest("x".repeat(101), ["x".repeat(100)])).toBeUndefined();
  expect(
    closest(
      "abc",
      Array.from({ length: 2001 }, (_, index) => `w${index}`),
    ),
  ).toBeUndefined();
});

test("values are equal by what they hold", () => {
  expect(isEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  const unequal: [unknown, unknown][] = [
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [[1], [1, 2]],
    [[1], { 0: 1 }],
    [1, true],
    [null, {}],
    [{ constructor: 1 }, {}],
  ];
  expect(unequal.map(([one, other]) => isEqual(one, other))).toEqual(unequal.map(() => false));
});

test("pointers keep any name", () => {
  expect(pointer("a/b~c", 0)).toBe("/a~1b~0c/0");
  expect(pointerSteps(pointer("a/b~c", 0))).toEqual(["a/b~c", "0"]);
});

test("every type has a colour; types of plugins share one", () => {
  expect(["csv", "cloud-storage", "dicom", "constructor"].map(colourToken)).toEqual([
    "--type-csv",
    "--type-cloud-storage",
    "--type-other",
    "--type-other",
  ]);
});
