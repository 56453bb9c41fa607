import { expect, test } from "vitest";
import { ofSnapshot, type RunChange, withChanges, withHeard } from "@/api/runFacts";
import type { NodeView } from "@/api/schema";
import type { CanvasLink, CanvasNode } from "@/canvas/model";
import { RunCards, standing } from "@/features/runs/view/cards";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const outline = (node: string, state: string, attempt = 1) => ({ node, state, attempt, reason: null });

function fact(second: number, ...nodes: RunChange["nodes"]): RunChange {
  return { run: "run-1", seq: second, state: "running", counts: {}, nodes, at: at(second) };
}

function card(id: string): CanvasNode {
  return {
    id,
    title: id,
    operation: "x",
    kind: "command",
    position: { x: 0, y: 0 },
    inputs: [],
    outputs: [],
    parameters: [],
    hiddenParameters: 0,
    comment: "",
  };
}

function record(node: string, change: Partial<NodeView> = {}): NodeView {
  return {
    run: "run-1",
    node,
    state: "running",
    reason: null,
    pool: "default/default",
    attempt: 1,
    tries: 1,
    worker: "w",
    user_failures: 0,
    losses: 0,
    releases: 0,
    next_at: null,
    queued_at: at(0),
    started_at: at(1),
    finished_at: null,
    outputs: {},
    timings: {},
    failure: null,
    cache_key: null,
    restored_from: null,
    attempts: [],
    ...change,
  };
}

test("facts tell since when a node runs and when it was over", () => {
  const outlines = withChanges({}, [
    fact(1, outline("a", "ready", 0)),
    fact(2, outline("a", "running")),
    fact(5, outline("a", "succeeded")),
  ]);
  expect(outlines.a).toMatchObject({ state: "succeeded", startedAt: at(2), finishedAt: at(5) });
});

test("another attempt begins anew", () => {
  const outlines = withChanges({}, [
    fact(2, outline("a", "running")),
    fact(3, outline("a", "backoff")),
    fact(6, outline("a", "running", 2)),
  ]);
  expect(outlines.a).toMatchObject({ attempt: 2, startedAt: at(6), finishedAt: undefined });
});

test("a fact changes the objects of its nodes only", () => {
  const before = withChanges({}, [fact(1, outline("a", "running"), outline("b", "running"))]);
  const after = withChanges(before, [fact(2, outline("b", "succeeded"))]);
  expect(after.a).toBe(before.a);
  expect(after.b).not.toBe(before.b);
});

test("a snapshot keeps what was heard of nodes that stand as before", () => {
  const before = withChanges({}, [fact(1, outline("a", "running"), outline("b", "running"))]);
  const after = ofSnapshot(before, [outline("a", "running"), outline("b", "failed")]);
  expect(after.a).toBe(before.a);
  expect(after.b).toEqual(outline("b", "failed"));
});

test("of the facts a page has heard it keeps the newest", () => {
  const many = Array.from({ length: 1_500 }, (_, second) => fact(second));
  const heard = withHeard([], many);
  expect(heard).toHaveLength(1_000);
  expect(heard.at(-1)).toBe(many.at(-1));
});

test("of a thousand cards, one fact draws one anew", () => {
  const cards = Array.from({ length: 1_000 }, (_, place) => card(`n${place}`));
  const drawing = new RunCards();
  const outlines = withChanges({}, [fact(1, ...cards.map(({ id }) => outline(id, "running")))]);
  const before = drawing.draw(cards, outlines, undefined);
  const after = drawing.draw(cards, withChanges(outlines, [fact(2, outline("n7", "succeeded"))]), undefined);
  expect(after.filter((node, place) => node !== before[place]).map(({ id }) => id)).toEqual(["n7"]);
});

test("data flows into what is running, and other links stay the same objects", () => {
  const link = (id: string, to: string): CanvasLink => ({
    id,
    kind: "data",
    from: "a",
    fromPort: "out",
    to,
    toPort: "in",
    type: "csv",
  });
  const links = [link("1", "b"), link("2", "c")];
  const drawing = new RunCards();
  const before = drawing.drawLinks(links, { b: outline("b", "running") });
  expect(before.map(({ active = false }) => active)).toEqual([true, false]);
  const after = drawing.drawLinks(links, { b: outline("b", "succeeded") });
  expect(after.map(({ active = false }) => active)).toEqual([false, false]);
  expect(after[1]).toBe(before[1]);
});

test("facts are newer than records, which know what was before the page", () => {
  const known = record("a");
  expect(standing(outline("a", "running"), known)).toMatchObject({ state: "running", startedAt: at(1) });
  expect(standing(outline("a", "running", 2), known)).toMatchObject({ attempt: 2, startedAt: null });
  expect(standing({ ...outline("a", "succeeded"), finishedAt: at(9) }, known)).toMatchObject({
    startedAt: at(1),
    finishedAt: at(9),
  });
});

test("a restored node leads to its origin, a file to none", () => {
  const restored = { state: "restored", attempt: 0 };
  const of = (restored_from: NodeView["restored_from"]) =>
    standing(outline("a", "restored", 0), record("a", { ...restored, restored_from }))?.restoredFrom;
  expect(of({ run: "run-0", node: "b", attempt: "run-0/b/1" })).toEqual({ run: "run-0", node: "b" });
  expect(of({ file: "team/data@1" })).toBeNull();
});
