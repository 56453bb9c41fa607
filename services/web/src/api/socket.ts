/** One websocket for all live facts of this tab. Whoever subscribes gets a snapshot first, and a fresh one after every
 * gap or reconnect; so nobody here has to remember what was missed. */

import type { Problem } from "@/api/schema";

export type Target =
  | { to: "run"; run: string; nodes?: boolean }
  | { to: "runs" }
  | { to: "pool"; pool?: string };

/** `live`: facts arrive · `reconnecting`: not now, what is shown may be old · `idle`: nobody has subscribed. */
export type Liveness = { state: "idle" | "live" } | { state: "reconnecting"; since: number };

export type Fact = { type: string; [field: string]: unknown };

type Listener = { target: Target; hear: (fact: Fact) => void; refuse: (problem: Problem) => void };

/** `readyState` of a websocket. */
const CONNECTING = 0;
const OPEN = 1;
const FIRST_RETRY = 300;
const LONGEST_RETRY = 10_000;
/** The server pings every 15 s: twice that without a word means that the connection is dead. */
const SILENCE = 35_000;
/** From one screen to the next nobody listens for a moment: that is no reason to hang up. */
const LINGER = 3_000;

export class FactsSocket {
  private socket: WebSocket | null = null;
  private readonly listeners = new Map<string, Listener>();
  private readonly watchers = new Set<() => void>();
  private liveness: Liveness = { state: "idle" };
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private lastId = 0;

  constructor(
    private readonly url: () => string,
    private readonly open: (url: string) => WebSocket = (url) => new WebSocket(url),
  ) {}

  /** Returns how to stop. */
  subscribe(
    target: Target,
    hear: Listener["hear"],
    refuse: Listener["refuse"] = () => undefined,
  ): () => void {
    clearTimeout(this.leaving);
    const id = `s${++this.lastId}`;
    this.listeners.set(id, { target, hear, refuse });
    if (this.socket?.readyState === OPEN) this.ask(id, target);
    else this.connect();
    return () => this.unsubscribe(id);
  }

  /** For `useSyncExternalStore`. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  readonly current = (): Liveness => this.liveness;

  private unsubscribe(id: string): void {
    if (!this.listeners.delete(id)) return;
    if (this.socket?.readyState === OPEN) this.socket.send(JSON.stringify({ type: "unsubscribe", id }));
    if (this.listeners.size === 0) this.leaving = setTimeout(() => this.rest(), LINGER);
  }

  private connect(): void {
    if (this.socket !== null || this.retry !== undefined) return;
    const socket = this.open(this.url());
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      for (const [id, { target }] of this.listeners) this.ask(id, target);
      this.heard();
      this.become({ state: "live" });
    };
    socket.onmessage = (event) => {
      this.heard();
      this.deliver(JSON.parse(String(event.data)) as Fact);
    };
    socket.onclose = () => this.lost(socket);
  }

  private deliver(fact: Fact): void {
    const listener = this.listeners.get(String(fact.subscription));
    if (fact.type === "problem") listener?.refuse(fact.problem as Problem);
    else if (fact.type !== "ping" && fact.type !== "ended") listener?.hear(fact);
  }

  private ask(id: string, target: Target): void {
    this.socket?.send(JSON.stringify({ type: "subscribe", id, ...target }));
  }

  private heard(): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = setTimeout(() => {
      socket?.close();
      // The close of a dead connection may take minutes to be answered.
      if (socket !== null) this.lost(socket);
    }, SILENCE);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    clearTimeout(this.silence);
    if (this.listeners.size === 0) return;
    if (this.liveness.state !== "reconnecting") this.become({ state: "reconnecting", since: Date.now() });
    const wait = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.failures++) * (0.5 + Math.random());
    this.retry = setTimeout(() => {
      this.retry = undefined;
      if (this.listeners.size > 0) this.connect();
    }, wait);
  }

  private rest(): void {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    this.retry = undefined;
    const socket = this.socket;
    this.socket = null;
    // One that is still being opened cannot be closed without an error on the console.
    if (socket?.readyState === CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
    this.become({ state: "idle" });
  }

  private become(liveness: Liveness): void {
    this.liveness = liveness;
    for (const watcher of this.watchers) watcher();
  }
}

function address(): string {
  const { protocol, host } = window.location;
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/ws`;
}

export const facts = new FactsSocket(address);
