import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { lineNotes, setNotes } from "@/ui/code/notes";
import type { LineNote } from "@/ui/code/props";

function noted(text: string, notes: readonly LineNote[]): EditorState {
  const state = EditorState.create({ doc: text, extensions: [lineNotes] });
  return state.update({ effects: setNotes.of(notes) }).state;
}

/** Lines, from 1, that are marked; and where the notes stand. */
function places(state: EditorState) {
  const marked: number[] = [];
  const told: number[] = [];
  state.field(lineNotes).between(0, state.doc.length, (from, _, { spec }) => {
    (spec.widget === undefined ? marked : told).push(state.doc.lineAt(from).number);
  });
  return { marked, told };
}

const WRONG = { text: "unexpected end", severity: "error" } as const;

test("a note marks its line and stands under it", () => {
  expect(places(noted("a\nb\nc", [{ line: 2, ...WRONG }]))).toEqual({ marked: [2], told: [2] });
});

test("a note of a line that is not there stands at the nearest", () => {
  const state = noted("a\nb", [
    { line: 9, ...WRONG },
    { line: 0, ...WRONG },
  ]);
  expect(places(state).marked).toEqual([1, 2]);
});

test("notes move with their lines, and go when others are told", () => {
  const state = noted("a\nb", [{ line: 2, ...WRONG }]);
  const moved = state.update({ changes: { from: 0, insert: "new\n" } }).state;
  expect(places(moved).marked).toEqual([3]);
  expect(places(moved.update({ effects: setNotes.of([]) }).state).marked).toEqual([]);
});
