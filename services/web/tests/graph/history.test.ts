import { describe, expect, test } from "vitest";
import type { Command } from "@/graph/commands";
import {
  canRedo,
  canUndo,
  type History,
  MERGED_WITHIN_MS,
  MOST_STEPS,
  perform,
  redo,
  redoLabel,
  startHistory,
  undo,
  undoLabel,
} from "@/graph/history";
import { chain } from "./samples";

const title = (text: string): Command => ({ type: "setGraph", fields: { title: text } });
const typed = (history: History, text: string, at: number, mergeKey = "title") =>
  perform(history, title(text), { at, mergeKey });
const start = () => startHistory(chain());

describe("steps", () => {
  test("are undone and redone, with their labels", () => {
    const history = perform(
      perform(start(), title("one"), { at: 0 }),
      { type: "removeNodes", ids: ["a"] },
      { at: 0 },
    );
    expect(undoLabel(history)).toEqual({ key: "command.removeNodes", params: { count: 1 } });
    const back = undo(history);
    expect(back.present.nodes).toEqual(chain().nodes);
    expect(redoLabel(back)?.key).toBe("command.removeNodes");
    expect(redo(back).present).toEqual(history.present);
  });

  test("are none at the start, and undo and redo do nothing there", () => {
    const history = start();
    expect([canUndo(history), canRedo(history), undoLabel(history), redoLabel(history)]).toEqual([
      false,
      false,
      null,
      null,
    ]);
    expect(undo(history)).toBe(history);
    expect(redo(history)).toBe(history);
  });

  test("that change nothing are none", () => {
    const history = start();
    expect(perform(history, title(""), { at: 0 })).toBe(history);
  });

  test("that were taken back are gone after a new one", () => {
    const history = perform(undo(perform(start(), title("one"), { at: 0 })), title("two"), { at: 0 });
    expect(canRedo(history)).toBe(false);
    expect(canUndo(history)).toBe(true);
  });

  test("that do not apply leave the history as it is", () => {
    expect(() => perform(start(), { type: "removeNodes", ids: ["z"] }, { at: 0 })).toThrow("unknown_node");
  });

  test("are kept up to a bound, the oldest goes first", () => {
    let history = start();
    for (let number = 0; number <= MOST_STEPS; number += 1) {
      history = perform(history, title(`${number}`), { at: number });
    }
    expect(history.past).toHaveLength(MOST_STEPS);
    while (canUndo(history)) {
      history = undo(history);
    }
    expect(history.present.title).toBe("0");
  });
});

describe("quick edits of one field", () => {
  test("are one step, as long as each follows the last within a second", () => {
    const history = ["a", "ab", "abc"].reduce(
      (found, text, index) => typed(found, text, index * MERGED_WITHIN_MS),
      start(),
    );
    expect(history.past).toHaveLength(1);
    expect(undo(history).present.title).toBe("");
    expect(redo(undo(history)).present.title).toBe("abc");
  });

  test("are two steps after a pause, or in different fields, or without a key", () => {
    const first = typed(start(), "a", 0);
    expect(typed(first, "ab", MERGED_WITHIN_MS + 1).past).toHaveLength(2);
    expect(typed(first, "ab", 1, "other").past).toHaveLength(2);
    const unkeyed = perform(start(), title("a"), { at: 0 });
    expect(perform(unkeyed, title("ab"), { at: 1 }).past).toHaveLength(2);
  });

  test("do not join a step that was undone or done again", () => {
    const two = typed(typed(start(), "a", 0), "b", 5000);
    expect(typed(undo(two), "c", 5001).past).toHaveLength(2);
    expect(typed(redo(undo(two)), "c", 5001).past).toHaveLength(3);
    const back = undo(perform(typed(start(), "a", 0), { type: "removeNodes", ids: ["a"] }, { at: 1 }));
    expect(typed(back, "ab", 2).past).toHaveLength(2);
  });

  test("of different things give all of them back", () => {
    const named = perform(start(), title("a"), { at: 0, mergeKey: "k" });
    const both = perform(named, { type: "removeNodes", ids: ["a"] }, { at: 1, mergeKey: "k" });
    expect(undo(both).present).toEqual(chain());
  });
});
