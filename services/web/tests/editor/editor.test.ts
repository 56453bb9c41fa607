import { beforeEach, expect, test } from "vitest";
import type { Grip } from "@/canvas/model";
import {
  alignSelected,
  arrange,
  duplicateSelected,
  insert,
  pasteText,
  removeSelected,
} from "@/editor/actions";
import { judgeOf, linkCommand } from "@/editor/linking";
import { act, createEditor, doAgain, type Editor, graphOf, isDirty, select, takeBack } from "@/editor/store";
import { bindToOutput } from "@/graph/bindings";
import { copy } from "@/graph/clipboard";
import { readGraph } from "@/graph/model";
import { CATALOGUE, GRAPH } from "./sample";

let editor: Editor;
beforeEach(() => {
  editor = createEditor("graph-1", { graph: GRAPH, etag: '"1"' }, CATALOGUE, []);
});
const ids = () => graphOf(editor).nodes.map(({ id }) => id);
const selected = () => [...editor.getState().selected];

test("what is inserted is selected, is undone as one step, and is not selected any more then", () => {
  insert(editor, "lab/train@1", { x: 0, y: 400 });
  expect(ids()).toContain("train-2");
  expect(selected()).toEqual(["train-2"]);

  takeBack(editor);
  expect(graphOf(editor)).toEqual(GRAPH);
  expect(selected()).toEqual([]);
  doAgain(editor);
  expect(ids()).toContain("train-2");
});

test("deleting takes selected links and nodes in one step", () => {
  select(editor, ["last", "data:fetch.table>train.table"]);
  removeSelected(editor);
  expect(ids()).toEqual(["fetch", "train"]);
  expect(graphOf(editor).nodes[1]?.inputs).toEqual({});

  takeBack(editor);
  expect(graphOf(editor)).toEqual(GRAPH);
});

test("a bound parameter's link is deleted like any other", () => {
  const value = bindToOutput({ node: "fetch", output: "rows" });
  act(editor, { type: "setParameter", node: "train", name: "epochs", value });
  select(editor, ["binding:fetch.rows>train.epochs"]);
  removeSelected(editor);
  expect(graphOf(editor).nodes[1]?.parameters).toEqual({});
});

test("what cannot be done is said, and nothing changes", () => {
  const done = act(editor, { type: "renameNode", from: "train", to: "fetch" });

  expect(done).toBe(false);
  expect(graphOf(editor)).toBe(GRAPH);
  expect(editor.getState().notice).toEqual({ text: "There is already a node ‘fetch’.", tone: "bad" });
});

test("the document is dirty until it is what was saved, also by way of undo", () => {
  expect(isDirty(editor.getState())).toBe(false);
  act(editor, { type: "setGraph", fields: { title: "Other" } });
  expect(isDirty(editor.getState())).toBe(true);
  takeBack(editor);
  expect(isDirty(editor.getState())).toBe(false);
});

test("nodes go from one graph to another by the clipboard's text", () => {
  const other = createEditor("graph-2", { graph: readGraph({}), etag: "" }, CATALOGUE, []);
  pasteText(other, copy(GRAPH, ["fetch", "train"], CATALOGUE), { x: 100, y: 100 });

  expect(graphOf(other).nodes.map(({ id }) => id)).toEqual(["fetch", "train"]);
  expect([...other.getState().selected]).toEqual(["fetch", "train"]);
  pasteText(other, "a recipe", { x: 0, y: 0 });
  expect(other.getState().notice?.text).toBe("The clipboard holds no nodes, but: a recipe");
});

test("arranging, aligning and duplicating are one step each", () => {
  select(editor, ["fetch", "last"]);
  alignSelected(editor, "left");
  expect(graphOf(editor).nodes[2]?.position?.x).toBe(0);
  select(editor, []);
  arrange(editor);
  select(editor, ["fetch"]);
  duplicateSelected(editor);

  const { past } = editor.getState().history;
  expect(past.map(({ label }) => label.key)).toEqual([
    "command.align",
    "command.arrange",
    "command.duplicate",
  ]);
});

const output: Grip = { node: "fetch", side: "output", port: "table" };

test("a dragged link is judged in words, from either end", () => {
  const whyNot = judgeOf(GRAPH, CATALOGUE);
  const input: Grip = { node: "last", side: "input", port: "table" };
  const model: Grip = { node: "train", side: "output", port: "model" };

  expect(whyNot(output, input)).toBeNull();
  expect(whyNot(input, output)).toBeNull();
  expect(whyNot(model, input)).toBe("model does not fit: this takes csv.");
  expect(whyNot(output, model)).toBe("Links go from an output to an input.");
  expect(whyNot(output, { node: "last", side: "after", port: "" })).toContain("diamonds");
  expect(whyNot({ node: "last", side: "before", port: "" }, { node: "fetch", side: "after", port: "" })).toBe(
    "This would close a circle: fetch → train → last.",
  );
});

test("what is linked depends on where the link ends", () => {
  expect(linkCommand({ node: "train", side: "input", port: "table" }, output)).toMatchObject({
    type: "addLink",
  });
  expect(linkCommand(output, { node: "train", side: "parameter", port: "rate" })).toMatchObject({
    type: "setParameter",
    value: bindToOutput({ node: "fetch", output: "table" }),
  });
  expect(
    linkCommand({ node: "fetch", side: "before", port: "" }, { node: "last", side: "after", port: "" }),
  ).toEqual({ type: "addOrderLink", from: "fetch", to: "last" });
  expect(linkCommand(output, output)).toBeNull();
});
