/** What the editor knows: the document with its history, what is selected, and how saving stands. Nothing twice. */

import { createContext, useContext } from "react";
import { createStore, useStore } from "zustand";
import type { PlanView, Verdict } from "@/api/schema";
import { type Command, CommandError } from "@/graph/commands";
import { type History, perform, redo, startHistory, undo } from "@/graph/history";
import { links } from "@/graph/links";
import { type Catalogue, type GraphDocument, nodeOf } from "@/graph/model";
import { t, textOr } from "@/i18n";

/** What the server has, and the revision that the next save must name. */
export interface Saved {
  readonly graph: GraphDocument;
  readonly etag: string;
}

export type SaveState =
  | { readonly at: "rest" }
  | { readonly at: "saving" }
  /** Tried again until it works. */
  | { readonly at: "offline" }
  /** Somebody else has saved in between. */
  | { readonly at: "conflict" }
  | { readonly at: "refused"; readonly error: unknown };

export type Dialog = "run" | "code" | "clone" | "conflict" | "upgrade" | "find" | "add" | null;
export type Side = "library" | "outline";

export interface Notice {
  readonly text: string;
  readonly tone: "good" | "bad";
}

/** Of the document that it was asked for: of another one it says nothing. */
interface About<T> {
  readonly graph: GraphDocument;
  readonly answer: T;
}

export interface EditorState {
  readonly id: string;
  readonly history: History;
  readonly catalogue: Catalogue;
  readonly selected: ReadonlySet<string>;
  readonly saved: Saved;
  readonly saving: SaveState;
  readonly verdict: About<Verdict> | null;
  readonly plan: About<PlanView> | null;
  readonly dialog: Dialog;
  readonly side: Side;
  readonly issuesOpen: boolean;
  readonly notice: Notice | null;
  /** Another number: nodes glide to where they belong. */
  readonly glide: number;
}

const MERGE_CLOCK = () => performance.now();

export function createEditor(id: string, saved: Saved, catalogue: Catalogue, selected: readonly string[]) {
  return createStore<EditorState>(() => ({
    id,
    history: startHistory(saved.graph),
    catalogue,
    selected: new Set(selected),
    saved,
    saving: { at: "rest" },
    verdict: null,
    plan: null,
    dialog: null,
    side: "library",
    issuesOpen: false,
    notice: null,
    glide: 0,
  }));
}

export type Editor = ReturnType<typeof createEditor>;

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (editor === null) throw new Error("outside of an editor");
  return editor;
}

export function useEditorState<T>(read: (state: EditorState) => T): T {
  return useStore(useEditor(), read);
}

export function useGraph(): GraphDocument {
  return useEditorState((state) => state.history.present);
}

export function graphOf(editor: Editor): GraphDocument {
  return editor.getState().history.present;
}

export interface How {
  /** Edits of the same field in quick succession become one step. */
  readonly mergeKey?: string;
  /** What is selected after it. */
  readonly select?: Iterable<string>;
  readonly glide?: boolean;
}

/** One step; what cannot be done is said, and nothing happens. */
export function act(editor: Editor, command: Command, how: How = {}): boolean {
  const { history, selected, glide } = editor.getState();
  const { mergeKey } = how;
  try {
    const next = perform(history, command, { at: MERGE_CLOCK(), ...(mergeKey && { mergeKey }) });
    const chosen = how.select ? new Set(how.select) : selected;
    change(editor, next, chosen, how.glide ? glide + 1 : glide);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { code, subject } = error;
    say(editor, textOr(`command_error.${code}`, error.message, { subject }), "bad");
    return false;
  }
}

export function takeBack(editor: Editor): void {
  const { history, selected, glide } = editor.getState();
  change(editor, undo(history), selected, glide + 1);
}

export function doAgain(editor: Editor): void {
  const { history, selected, glide } = editor.getState();
  change(editor, redo(history), selected, glide + 1);
}

/** What does not exist any more is not selected either. */
function change(editor: Editor, history: History, selected: ReadonlySet<string>, glide: number): void {
  const graph = history.present;
  const known = [...selected].filter((id) => nodeOf(graph, id) !== undefined);
  const kept = known.length === selected.size ? selected : stillThere(graph, selected);
  editor.setState({ history, selected: kept, glide });
}

function stillThere(graph: GraphDocument, selected: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set([...graph.nodes.map(({ id }) => id), ...links(graph).map(({ id }) => id)]);
  const left = [...selected].filter((id) => all.has(id));
  return left.length === selected.size ? selected : new Set(left);
}

export function select(editor: Editor, ids: Iterable<string>): void {
  editor.setState({ selected: new Set(ids) });
}

export function open(editor: Editor, dialog: Dialog): void {
  editor.setState({ dialog });
}

export function say(editor: Editor, text: string, tone: Notice["tone"] = "good"): void {
  editor.setState({ notice: { text, tone } });
}

/** Anything unexpected, said where the person looks. */
export function complain(editor: Editor, error: unknown): void {
  say(editor, error instanceof Error ? error.message : t("error.title"), "bad");
}

export function isDirty({ history, saved }: EditorState): boolean {
  return !isSameGraph(history.present, saved.graph);
}

/** Graphs share what did not change, so that this looks at few fields; also after Undo. */
export function isSameGraph(one: GraphDocument, other: GraphDocument): boolean {
  const fields = Object.keys(one) as (keyof GraphDocument)[];
  return fields.every((field) => one[field] === other[field]);
}
