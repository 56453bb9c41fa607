/** Saves by itself, a moment after the last change; of two who draw on one graph neither loses anything unseen. */

import { isProblem, Unreachable } from "@/api/problems";
import { saveGraph, validateGraph } from "@/api/queries/graphs";
import type { Graph } from "@/api/schema";
import { complain, type Editor, graphOf, isDirty } from "@/editor/store";
import { type GraphDocument, writeGraph } from "@/graph/model";

const QUIET = 1_000;
const AGAIN = 4_000;

/** As the API's types name it: the same document, checked by the same shapes. */
export function asBody(graph: GraphDocument): Graph {
  return writeGraph(graph) as unknown as Graph;
}

const leaving = new Map<string, Promise<unknown>>();

/** The last save of a graph that was just left: only after it may the graph be read again. */
export function lastSave(id: string): Promise<unknown> | undefined {
  return leaving.get(id);
}

export class Saving {
  readonly #editor: Editor;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: Promise<void> | null = null;
  #stop: () => void = () => undefined;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  start(): () => void {
    const unsubscribe = this.#editor.subscribe((state, last) => {
      if (state.history.present !== last.history.present && isDirty(state)) this.#later(QUIET);
    });
    const online = () => void this.now();
    const guard = (event: BeforeUnloadEvent) => {
      if (isDirty(this.#editor.getState())) event.preventDefault();
    };
    window.addEventListener("online", online);
    window.addEventListener("beforeunload", guard);
    this.#stop = () => {
      unsubscribe();
      clearTimeout(this.#timer);
      window.removeEventListener("online", online);
      window.removeEventListener("beforeunload", guard);
    };
    return () => this.#leave();
  }

  /** Whatever is not saved yet. `false`: somebody else has saved, and the person must choose first. */
  async now(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#flight;
    const state = this.#editor.getState();
    if (state.saving.at === "conflict") {
      this.#editor.setState({ dialog: "conflict" });
      return false;
    }
    if (!isDirty(state)) return true;
    this.#flight = this.#save().finally(() => {
      this.#flight = null;
    });
    await this.#flight;
    return this.#editor.getState().saving.at !== "conflict";
  }

  #later(wait: number): void {
    clearTimeout(this.#timer);
    if (this.#editor.getState().saving.at !== "conflict")
      this.#timer = setTimeout(() => void this.now(), wait);
  }

  async #save(): Promise<void> {
    const editor = this.#editor;
    const { id, saved } = editor.getState();
    const graph = graphOf(editor);
    if (editor.getState().saving.at !== "offline") editor.setState({ saving: { at: "saving" } });
    try {
      const { etag } = await saveGraph(id, asBody(graph), saved.etag);
      editor.setState({ saved: { graph, etag }, saving: { at: "rest" } });
      if (isDirty(editor.getState())) this.#later(QUIET);
      else void this.#judge(graph);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** What the platform finds beyond our own findings: it knows plugins, and the pools that are served. */
  async #judge(graph: GraphDocument): Promise<void> {
    try {
      const answer = await validateGraph(asBody(graph));
      this.#editor.setState({ verdict: { graph, answer } });
    } catch (error) {
      // The next save tells of a platform that is away.
      if (!(error instanceof Unreachable)) complain(this.#editor, error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Unreachable) {
      this.#editor.setState({ saving: { at: "offline" } });
      this.#later(AGAIN);
    } else if (isProblem(error, "stale_revision")) {
      this.#editor.setState({ saving: { at: "conflict" }, dialog: "conflict" });
    } else {
      this.#editor.setState({ saving: { at: "refused", error } });
    }
  }

  #leave(): void {
    this.#stop();
    const state = this.#editor.getState();
    if (!isDirty(state) || state.saving.at === "conflict") return;
    const done = this.now().finally(() => leaving.delete(state.id));
    leaving.set(state.id, done);
  }
}
