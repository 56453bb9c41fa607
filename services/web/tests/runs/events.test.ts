import { expect, test } from "vitest";
import type { RunChange } from "@/api/runFacts";
import type { NodeView, RunDetail } from "@/api/schema";
import { eventsOf } from "@/features/runs/events/events";
import { hexLines } from "@/ui/preview/hex";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const RUN = { state: "running", created_at: at(0), started_at: at(1), finished_at: null } as RunDetail;
const RECORDS = {
  a: {
    node: "a",
    state: "succeeded",
    attempt: 1,
    reason: null,
    finished_at: at(4),
    attempts: [
      {
        attempt: 1,
        queued_at: at(1),
        started_at: at(2),
        ended_at: at(4),
        outcome: "succeeded",
        failure: null,
      },
    ],
  } as unknown as NodeView,
  b: {
    node: "b",
    state: "restored",
    attempt: 0,
    reason: "same inputs",
    finished_at: at(3),
    attempts: [],
  } as unknown as NodeView,
};

function fact(second: number, state: string, ...nodes: RunChange["nodes"]): RunChange {
  return { run: "run-1", seq: second, state, counts: {}, nodes, at: at(second) };
}

const told = (events: ReturnType<typeof eventsOf>) =>
  events.map(({ node, state }) => `${node ?? "run"} ${state}`).reverse();

test("the past of a run is told from its record, also of what no attempt was made for", () => {
  expect(told(eventsOf(RUN, RECORDS, []))).toEqual([
    "run created",
    "run running",
    "a ready",
    "a running",
    "b restored",
    "a succeeded",
  ]);
});

test("from where the page hears, facts are told, and nothing twice", () => {
  const node = { node: "a", attempt: 1, reason: null };
  const heard = [
    fact(2, "running", { ...node, state: "running" }),
    fact(4, "running", { ...node, state: "succeeded" }),
    fact(5, "cancelling"),
  ];
  expect(told(eventsOf(RUN, RECORDS, heard))).toEqual([
    "run created",
    "run running",
    "a ready",
    "a running",
    "a succeeded",
    "run cancelling",
  ]);
});

test("each event has a key of its own", () => {
  const events = eventsOf(RUN, RECORDS, [
    fact(9, "running", { node: "a", state: "ready", attempt: 2, reason: null }),
  ]);
  expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
});

test("bytes are shown sixteen in a line, with what can be read of them", () => {
  expect(hexLines("89504e470d0a1a0a0000000d4948445200")).toEqual([
    { offset: "00000000", hex: "89 50 4e 47 0d 0a 1a 0a  00 00 00 0d 49 48 44 52", text: "·PNG········IHDR" },
    { offset: "00000010", hex: "00", text: "·" },
  ]);
  expect(hexLines("")).toEqual([]);
});
