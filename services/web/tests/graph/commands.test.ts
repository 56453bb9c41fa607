import { describe, expect, test } from "vitest";
import { bindToOutput, bindToParameter } from "@/graph/bindings";
import { apply, batch, type Command, CommandError, labelOf } from "@/graph/commands";
import { EMPTY_GRAPH, type GraphDocument, nodeOf, readParameter } from "@/graph/model";
import { aNode, chain, OPERATIONS } from "./samples";

const done = (graph: GraphDocument, command: Command) => apply(graph, command).graph;
const ids = (graph: GraphDocument) => graph.nodes.map((node) => node.id);
const SIZE = readParameter({ name: "size", type: "int" });

describe("nodes", () => {
  test("are added at the end or at a place", () => {
    const graph = done(chain(), { type: "addNodes", nodes: [aNode("d")] });
    expect(ids(graph)).toEqual(["a", "b", "c", "d"]);
    expect(ids(done(graph, { type: "addNodes", nodes: [aNode("e"), aNode("f")], at: 1 }))).toEqual([
      ..."aefbcd",
    ]);
  });

  test("are removed with their links, the bindings to them and their names in `after`", () => {
    const graph = done(chain(), { type: "removeNodes", ids: ["a"] });
    expect(nodeOf(graph, "b")?.inputs).toEqual({});
    expect(nodeOf(graph, "c")).toMatchObject({ parameters: {}, after: ["b"] });
    expect(Object.keys(nodeOf(graph, "c")?.inputs ?? {})).toEqual(["more"]);
    expect(nodeOf(done(graph, { type: "removeNodes", ids: ["b"] }), "c")).toMatchObject({
      inputs: {},
      after: [],
    });
  });

  test("keep the other links of an input from which one goes", () => {
    const two = done(chain(), {
      type: "addLink",
      from: { node: "a", output: "table" },
      to: { node: "c", input: "more" },
    });
    const graph = done(two, { type: "removeNodes", ids: ["b"] });
    expect(nodeOf(graph, "c")?.inputs.more).toEqual([{ node: "a", output: "table" }]);
  });

  test("are moved, and only those that moved are other objects", () => {
    const before = chain();
    const positions = new Map([
      ["b", { x: 20, y: 40 }],
      ["a", { x: 0, y: 0 }],
    ]);
    const graph = done(before, { type: "moveNodes", positions });
    expect(nodeOf(graph, "b")?.position).toEqual({ x: 20, y: 40 });
    expect(nodeOf(graph, "a")).toBe(nodeOf(before, "a"));
  });

  test("take another id, and references follow", () => {
    const graph = done(chain(), { type: "renameNode", from: "a", to: "source" });
    expect(ids(graph)).toEqual(["source", "b", "c"]);
    expect(nodeOf(graph, "b")?.inputs.table).toEqual([{ node: "source", output: "table" }]);
    expect(nodeOf(graph, "c")?.parameters.depth).toEqual(bindToOutput({ node: "source", output: "count" }));
    expect(nodeOf(done(graph, { type: "renameNode", from: "b", to: "x" }), "c")?.after).toEqual(["x"]);
  });

  test("of one id twice: the second is renamed, and references stay with the first", () => {
    const twice = { ...chain(), nodes: [...chain().nodes, aNode("a")] };
    const graph = done(twice, { type: "renameNode", from: "a", to: "z" });
    expect(ids(graph)).toEqual(["a", "b", "c", "z"]);
    expect(nodeOf(graph, "b")?.inputs.table).toEqual([{ node: "a", output: "table" }]);
  });

  test("have fields and parameters set and cleared", () => {
    const titled = done(chain(), { type: "setNode", id: "b", fields: { title: "Read", cacheable: false } });
    expect(nodeOf(titled, "b")).toMatchObject({ title: "Read", cacheable: false });
    const set = done(titled, {
      type: "setParameter",
      node: "b",
      name: "depth",
      value: bindToParameter("size"),
    });
    expect(nodeOf(set, "b")?.parameters).toEqual({ depth: { $param: "size" } });
    expect(nodeOf(done(set, { type: "clearParameter", node: "b", name: "depth" }), "b")?.parameters).toEqual(
      {},
    );
  });
});

describe("links", () => {
  const more = { node: "b", input: "more" };
  const x = { node: "a", output: "table" };
  const y = { node: "a", output: "count" };
  const linked = [x, y, x].reduce((graph, from) => done(graph, { type: "addLink", from, to: more }), chain());
  const sources = (graph: GraphDocument) => nodeOf(graph, "b")?.inputs.more;

  test("are added in order or at a place", () => {
    expect(sources(linked)).toEqual([x, y, x]);
    expect(sources(done(linked, { type: "addLink", from: y, to: more, at: 0 }))).toEqual([y, x, y, x]);
  });

  test("are removed: the first of equal ones, or the one at a place; the last takes the input with it", () => {
    expect(sources(done(linked, { type: "removeLink", from: x, to: more }))).toEqual([y, x]);
    expect(sources(done(linked, { type: "removeLink", from: x, to: more, at: 2 }))).toEqual([x, y]);
    const graph = done(chain(), { type: "removeLink", from: x, to: { node: "b", input: "table" } });
    expect(nodeOf(graph, "b")?.inputs).toEqual({});
  });

  test("change places", () => {
    expect(sources(done(linked, { type: "moveLink", to: more, fromIndex: 1, toIndex: 0 }))).toEqual([
      y,
      x,
      x,
    ]);
    expect(sources(done(linked, { type: "moveLink", to: more, fromIndex: 0, toIndex: 2 }))).toEqual([
      y,
      x,
      x,
    ]);
  });

  test("of order only come and go", () => {
    const graph = done(chain(), { type: "addOrderLink", from: "a", to: "c" });
    expect(nodeOf(graph, "c")?.after).toEqual(["b", "a"]);
    expect(nodeOf(done(graph, { type: "removeOrderLink", from: "b", to: "c" }), "c")?.after).toEqual(["a"]);
  });
});

describe("the graph", () => {
  test("has fields and can be replaced", () => {
    const titled = done(chain(), { type: "setGraph", fields: { title: "T", tags: ["x"] } });
    expect(titled).toMatchObject({ title: "T", tags: ["x"], name: "" });
    expect(done(titled, { type: "replaceGraph", graph: EMPTY_GRAPH })).toBe(EMPTY_GRAPH);
  });

  test("has parameters; bindings follow a new name and go with a removed one, and come back", () => {
    const added = done(chain(), { type: "addGraphParameter", parameter: { ...SIZE, name: "rate" }, at: 0 });
    expect(added.parameters.map((parameter) => parameter.name)).toEqual(["rate", "size"]);
    const changed = done(added, { type: "changeGraphParameter", name: "rate", fields: { type: "float" } });
    expect(changed.parameters[0]).toMatchObject({ name: "rate", type: "float" });
    const renamed = done(changed, { type: "renameGraphParameter", from: "size", to: "rows" });
    expect(nodeOf(renamed, "a")?.parameters).toEqual({ rows: { $param: "rows" } });
    const removed = apply(renamed, { type: "removeGraphParameter", name: "rows" });
    expect(nodeOf(removed.graph, "a")?.parameters).toEqual({});
    expect(apply(removed.graph, removed.inverse).graph).toEqual(renamed);
  });

  test("carries operations", () => {
    const carrying = done(chain(), { type: "embedOperation", key: "mine", operation: OPERATIONS.make });
    expect(carrying.operations.mine).toBe(OPERATIONS.make);
    expect(done(carrying, { type: "removeOperation", key: "mine" }).operations).toEqual({});
  });

  test("takes several commands as one", () => {
    const label = { key: "command.paste", params: { count: 1 } } as const;
    const both = batch(label, [
      { type: "addNodes", nodes: [aNode("d")] },
      { type: "addOrderLink", from: "d", to: "a" },
    ]);
    const { graph, inverse } = apply(chain(), both);
    expect(nodeOf(graph, "a")?.after).toEqual(["d"]);
    expect(apply(graph, inverse).graph).toEqual(chain());
    expect(labelOf(both)).toBe(label);
  });
});

const link = { from: { node: "a", output: "table" }, to: { node: "b", input: "more" } };
const REFUSED: [Command, string, string][] = [
  [{ type: "addNodes", nodes: [aNode("a")] }, "duplicate_node", "a"],
  [{ type: "addNodes", nodes: [aNode("d"), aNode("d")] }, "duplicate_node", "d"],
  [{ type: "removeNodes", ids: ["a", "z"] }, "unknown_node", "z"],
  [{ type: "moveNodes", positions: new Map([["z", { x: 0, y: 0 }]]) }, "unknown_node", "z"],
  [{ type: "renameNode", from: "z", to: "y" }, "unknown_node", "z"],
  [{ type: "renameNode", from: "a", to: "b" }, "duplicate_node", "b"],
  [{ type: "renameNode", from: "a", to: "No" }, "bad_name", "No"],
  [{ type: "setNode", id: "z", fields: {} }, "unknown_node", "z"],
  [{ type: "setParameter", node: "z", name: "p", value: 1 }, "unknown_node", "z"],
  [{ type: "clearParameter", node: "z", name: "p" }, "unknown_node", "z"],
  [{ type: "addLink", ...link, from: { node: "z", output: "o" } }, "unknown_node", "z"],
  [{ type: "addLink", ...link, to: { node: "z", input: "i" } }, "unknown_node", "z"],
  [{ type: "removeLink", ...link }, "unknown_link", "a.table > b.more"],
  [
    { type: "removeLink", ...link, to: { node: "b", input: "table" }, at: 1 },
    "unknown_link",
    "a.table > b.table",
  ],
  [{ type: "moveLink", to: link.to, fromIndex: 0, toIndex: 0 }, "unknown_link", "b.more[0]"],
  [
    { type: "moveLink", to: { node: "b", input: "table" }, fromIndex: 0, toIndex: 1 },
    "unknown_link",
    "b.table[1]",
  ],
  [{ type: "addOrderLink", from: "z", to: "a" }, "unknown_node", "z"],
  [{ type: "addOrderLink", from: "b", to: "c" }, "duplicate_link", "b > c"],
  [{ type: "removeOrderLink", from: "a", to: "c" }, "unknown_link", "a > c"],
  [{ type: "addGraphParameter", parameter: SIZE }, "duplicate_parameter", "size"],
  [{ type: "addGraphParameter", parameter: { ...SIZE, name: "1st" } }, "bad_name", "1st"],
  [{ type: "changeGraphParameter", name: "z", fields: {} }, "unknown_parameter", "z"],
  [{ type: "renameGraphParameter", from: "z", to: "y" }, "unknown_parameter", "z"],
  [{ type: "renameGraphParameter", from: "size", to: "a b" }, "bad_name", "a b"],
  [{ type: "removeGraphParameter", name: "z" }, "unknown_parameter", "z"],
  [{ type: "removeOperation", key: "constructor" }, "unknown_operation", "constructor"],
];

test.each(REFUSED)("%j does not apply: %s '%s'", (command, code, subject) => {
  const before = chain();
  expect(() => apply(before, command)).toThrow(CommandError);
  expect(() => apply(before, command)).toThrow(expect.objectContaining({ code, subject }));
  expect(before).toEqual(chain());
});

const carrying = done(chain(), { type: "embedOperation", key: "mine", operation: OPERATIONS.make });
const WITHOUT_EFFECT: Command[] = [
  { type: "addNodes", nodes: [] },
  { type: "removeNodes", ids: [] },
  { type: "moveNodes", positions: new Map([["a", { x: 0, y: 0 }]]) },
  { type: "renameNode", from: "a", to: "a" },
  { type: "setNode", id: "a", fields: { title: "" } },
  { type: "setParameter", node: "a", name: "rows", value: bindToParameter("size") },
  { type: "clearParameter", node: "a", name: "label" },
  { type: "moveLink", to: { node: "b", input: "table" }, fromIndex: 0, toIndex: 0 },
  { type: "setGraph", fields: { title: "" } },
  { type: "changeGraphParameter", name: "size", fields: { type: "int" } },
  { type: "renameGraphParameter", from: "size", to: "size" },
  { type: "embedOperation", key: "mine", operation: { ...OPERATIONS.make } },
  { type: "replaceGraph", graph: { ...carrying } },
  { type: "restore", fields: {} },
  batch({ key: "command.edit", params: {} }, []),
];

test.each(WITHOUT_EFFECT)("$type without effect gives the very same graph", (command) => {
  const { graph, inverse } = apply(carrying, command);
  expect(graph).toBe(carrying);
  expect(inverse.fields).toEqual({});
});

const LABELS: [Command, object][] = [
  [
    {
      type: "moveNodes",
      positions: new Map([
        ["a", { x: 1, y: 1 }],
        ["b", { x: 1, y: 1 }],
      ]),
    },
    { count: 2 },
  ],
  [{ type: "removeNodes", ids: ["a"] }, { count: 1 }],
  [{ type: "addNodes", nodes: [aNode("d")] }, { count: 1 }],
  [
    { type: "setNode", id: "a", fields: { title: "x", pool: "y" } },
    { name: "a", field: "title, pool" },
  ],
  [
    { type: "setParameter", node: "a", name: "p", value: 1 },
    { name: "p", node: "a" },
  ],
  [
    { type: "addLink", ...link },
    { from: "a", to: "b" },
  ],
  [
    { type: "moveLink", to: link.to, fromIndex: 0, toIndex: 1 },
    { name: "more", node: "b" },
  ],
  [
    { type: "renameNode", from: "a", to: "b" },
    { from: "a", to: "b" },
  ],
  [{ type: "setGraph", fields: { title: "x" } }, { field: "title" }],
  [{ type: "addGraphParameter", parameter: SIZE }, { name: "size" }],
  [{ type: "removeGraphParameter", name: "size" }, { name: "size" }],
  [{ type: "embedOperation", key: "mine", operation: OPERATIONS.make }, { name: "mine" }],
  [{ type: "replaceGraph", graph: EMPTY_GRAPH }, {}],
  [{ type: "restore", fields: {} }, {}],
  [
    { type: "clearParameter", node: "a", name: "p" },
    { name: "p", node: "a" },
  ],
  [
    { type: "removeLink", ...link },
    { from: "a", to: "b" },
  ],
  [
    { type: "addOrderLink", from: "a", to: "b" },
    { from: "a", to: "b" },
  ],
  [
    { type: "removeOrderLink", from: "a", to: "b" },
    { from: "a", to: "b" },
  ],
  [
    { type: "renameGraphParameter", from: "p", to: "q" },
    { from: "p", to: "q" },
  ],
  [{ type: "changeGraphParameter", name: "p", fields: {} }, { name: "p" }],
  [{ type: "removeOperation", key: "mine" }, { name: "mine" }],
];

test.each(LABELS)("%j is called by its type and %j", (command, params) => {
  expect(labelOf(command)).toEqual({ key: `command.${command.type}`, params });
});
