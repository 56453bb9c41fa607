/** What is to be said about lines, under them; and placeholders, marked so that one sees what will be filled in. */

import { type EditorState, type Range, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import type { LineNote } from "@/ui/code/props";

export const setNotes = StateEffect.define<readonly LineNote[]>();

class Note extends WidgetType {
  constructor(readonly note: LineNote) {
    super();
  }
  override eq(other: Note): boolean {
    return other.note.text === this.note.text && other.note.severity === this.note.severity;
  }
  override toDOM(): HTMLElement {
    const element = document.createElement("div");
    element.className = "plynx-note";
    element.dataset.severity = this.note.severity;
    element.role = "note";
    element.textContent = this.note.text;
    return element;
  }
}

function decorated(state: EditorState, notes: readonly LineNote[]): DecorationSet {
  const ranges = notes.flatMap((note): Range<Decoration>[] => {
    const line = state.doc.line(Math.min(Math.max(note.line, 1), state.doc.lines));
    return [
      Decoration.line({ class: "plynx-noted" }).range(line.from),
      Decoration.widget({ widget: new Note(note), block: true, side: 1 }).range(line.to),
    ];
  });
  return Decoration.set(ranges, true);
}

export const lineNotes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(notes, transaction) {
    const told = transaction.effects.find((effect) => effect.is(setNotes));
    return told === undefined ? notes.map(transaction.changes) : decorated(transaction.state, told.value);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const finder = new MatchDecorator({
  regexp: /\{\{.*?\}\}|\{%.*?%\}/g,
  decoration: Decoration.mark({ class: "plynx-placeholder" }),
});

export const markedPlaceholders = ViewPlugin.fromClass(
  class {
    found: DecorationSet;
    constructor(view: EditorView) {
      this.found = finder.createDeco(view);
    }
    update(update: ViewUpdate) {
      this.found = finder.updateDeco(update, this.found);
    }
  },
  { decorations: (plugin) => plugin.found },
);
