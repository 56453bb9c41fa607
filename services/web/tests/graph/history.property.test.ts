import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { apply, type Command, CommandError } from "@/graph/commands";
import { type History, perform, redo, startHistory, undo } from "@/graph/history";
import type { GraphDocument } from "@/graph/model";
import * as any from "./arbitraries";

/** Slow machines get their time: what counts is that it holds. */
vi.setConfig({ testTimeout: 120_000 });
const RUNS = 800;

/** As text, because the order of nodes, links and keys counts too. */
const exactly = (graph: GraphDocument) => JSON.stringify(graph);

function applies(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return false;
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

test("each inverse gives back exactly the same document, and its own inverse the changed one", () => {
  let applied = 0;
  fc.assert(
    fc.property(any.graph, any.command, (graph, command) => {
      const before = exactly(frozen(graph));
      applies(() => {
        const there = apply(graph, frozen(command));
        const back = apply(there.graph, there.inverse);
        expect(exactly(back.graph)).toBe(before);
        expect(exactly(apply(back.graph, back.inverse).graph)).toBe(exactly(there.graph));
        applied += 1;
      });
      expect(exactly(graph)).toBe(before);
    }),
    { numRuns: RUNS },
  );
  expect(applied).toBeGreaterThan(RUNS / 4);
});

function performAll(start: History, commands: readonly Command[], mergeKey?: string): History {
  return commands.reduce((history, command, index) => {
    let next = history;
    applies(() => {
      next = perform(history, command, mergeKey === undefined ? { at: index } : { at: index, mergeKey });
    });
    return next;
  }, start);
}

const untilStill = (history: History, step: (history: History) => History): History => {
  const next = step(history);
  return next === history ? history : untilStill(next, step);
};

test("any sequence of commands, all undone, gives the start exactly; all done again, the end", () => {
  fc.assert(
    fc.property(
      any.graph,
      fc.array(any.command, { maxLength: 25 }),
      fc.boolean(),
      (graph, commands, merging) => {
        const end = performAll(startHistory(frozen(graph)), commands, merging ? "same" : undefined);
        const undone = untilStill(end, undo);
        expect(exactly(undone.present)).toBe(exactly(graph));
        const again = untilStill(undone, redo);
        expect(exactly(again.present)).toBe(exactly(end.present));
        expect(again.past).toHaveLength(end.past.length);
      },
    ),
    { numRuns: RUNS / 4 },
  );
});

test("undo and redo are each other's inverse at any place of the history", () => {
  fc.assert(
    fc.property(any.graph, fc.array(any.command, { maxLength: 15 }), fc.nat(15), (graph, commands, back) => {
      let history = performAll(startHistory(graph), commands);
      for (let step = 0; step < back; step += 1) {
        history = undo(history);
      }
      if (history.past.length > 0) {
        expect(exactly(redo(undo(history)).present)).toBe(exactly(history.present));
      }
      if (history.future.length > 0) {
        expect(exactly(undo(redo(history)).present)).toBe(exactly(history.present));
      }
    }),
    { numRuns: RUNS / 4 },
  );
});
