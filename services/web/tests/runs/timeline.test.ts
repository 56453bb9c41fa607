import fc from "fast-check";
import { expect, test } from "vitest";
import type { AttemptTimes, TimelineView } from "@/api/schema";
import { barsOf, ticksOf } from "@/features/runs/timeline/bars";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, 0) + second * 1000).toISOString();

function attempt(change: Partial<AttemptTimes>): AttemptTimes {
  return {
    attempt: 1,
    queued_at: at(0),
    started_at: at(1),
    ended_at: at(5),
    outcome: "succeeded",
    failure: null,
    worker: "w",
    phases: null,
    ...change,
  };
}

function timeline(attempts: AttemptTimes[], change: Partial<TimelineView> = {}): TimelineView {
  return {
    run: "run-1",
    state: "succeeded",
    created_at: at(0),
    started_at: at(0),
    finished_at: at(6),
    as_of: at(6),
    nodes: [{ node: "a", state: "succeeded", waits_for: [], attempts, finished_at: at(5) }],
    critical_path: [{ node: "a", waited: 1, worked: 4 }],
    ...change,
  };
}

const barsOfFirst = (view: TimelineView, now = 0) => barsOf(view, now).rows[0]?.attempts ?? [];

test("an attempt is queued, prepared, run and finished, without a gap", () => {
  const phases = { preparing: 0.5, running: 3, finishing: 0.5 };
  expect(barsOfFirst(timeline([attempt({ phases })]))[0]?.bars).toEqual([
    { kind: "queued", from: 0, until: 1 },
    { kind: "preparing", from: 1, until: 1.5 },
    { kind: "running", from: 1.5, until: 4.5 },
    { kind: "finishing", from: 4.5, until: 5 },
  ]);
});

test("retries are stacked, each with its own outcome", () => {
  const [first, second] = barsOfFirst(
    timeline([
      attempt({ outcome: "failed", ended_at: at(2) }),
      attempt({ attempt: 2, queued_at: at(3), started_at: at(3) }),
    ]),
  );
  expect(first?.bars.map(({ kind }) => kind)).toEqual(["queued", "failed"]);
  expect(second?.bars).toEqual([{ kind: "running", from: 3, until: 5 }]);
});

test("what is open grows with the clock, what is over does not", () => {
  const open = timeline([attempt({ ended_at: null, outcome: "running" })], {
    finished_at: null,
    state: "running",
  });
  expect(barsOfFirst(open, 10)[0]?.bars.at(-1)).toEqual({ kind: "open", from: 1, until: 16 });
  expect(barsOf(open, 10).length).toBe(16);
  expect(barsOf(timeline([attempt({})]), 10).length).toBe(6);
});

test("nodes of the critical path are marked", () => {
  expect(barsOf(timeline([])).rows[0]?.isCritical).toBe(true);
  expect(barsOf(timeline([], { critical_path: [] })).rows[0]?.isCritical).toBe(false);
});

test("whatever a worker says of its phases, the bars follow one another within the attempt", () => {
  const seconds = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(seconds, seconds, seconds, seconds, (preparing, running, finishing, length) => {
      const phases = { preparing, running, finishing };
      const bars = barsOfFirst(timeline([attempt({ phases, ended_at: at(1 + length) })]))[0]?.bars ?? [];
      let end = 0;
      for (const bar of bars) {
        expect(bar.from).toBeGreaterThanOrEqual(end);
        end = bar.until;
      }
      expect(end).toBeLessThanOrEqual(1 + length + 1e-3);
    }),
  );
});

test.each([
  [15, 6, [0, 5, 10, 15]],
  [0.8, 5, [0, 0.2, 0.4, 0.6, 0.8]],
  [3600, 6, [0, 600, 1200, 1800, 2400, 3000, 3600]],
])("an axis of %d s has round moments", (length, most, ticks) => {
  expect(ticksOf(length, most).map((tick) => Number(tick.toFixed(6)))).toEqual(ticks);
});

test("an axis never has more moments than fit, however long the run", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1e7, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (length, most) => {
        expect(ticksOf(length, most).length).toBeLessThanOrEqual(most + 1);
      },
    ),
  );
});
