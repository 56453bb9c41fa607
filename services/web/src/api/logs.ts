/** A node's log while it grows, by the tail contract: each byte once and in order, over broken connections. */

import { api } from "@/api/client";
import { ProblemError } from "@/api/problems";
import type { Problem, Stream } from "@/api/schema";

/** `onward`: goes on with the attempts that follow; `attempt` 0: with the first one, once it begins. */
export type LogTarget = { run: string; node: string; stream: Stream; attempt: number; onward: boolean };

/** `data` is text with one latin-1 character for each byte. */
export type LogFrame =
  | { type: "data"; offset: number; data: string }
  | { type: "sealed"; total: number; truncated: boolean }
  | { type: "attempt_changed"; attempt: number }
  | { type: "ping" }
  | { type: "problem"; problem: Problem };

export type LogSeal = { total: number; truncated: boolean };
export type TailState =
  | { state: "connecting" | "live" }
  | { state: "reconnecting"; since: number }
  | { state: "sealed"; seal: LogSeal }
  | { state: "refused"; problem: Problem };

export type LogListener = {
  bytes: (bytes: Uint8Array) => void;
  /** What was heard belongs to an earlier attempt: begin with an empty page. */
  attempt: (attempt: number) => void;
  state: (state: TailState) => void;
};

/** Where a reader is: which attempt, and how many of its bytes it has. */
export class LogPlace {
  offset = 0;
  seal: LogSeal | null = null;

  constructor(public attempt: number) {}

  /** The bytes that are new; `"hole"` where some before them are missing: come again with `offset`. */
  take(frame: { offset: number; data: string }): Uint8Array | "hole" {
    if (frame.offset > this.offset) return "hole";
    const known = this.offset - frame.offset;
    if (known >= frame.data.length) return new Uint8Array();
    this.offset = frame.offset + frame.data.length;
    return bytesOf(frame.data, known);
  }

  begin(attempt: number): void {
    this.attempt = attempt;
    this.offset = 0;
    this.seal = null;
  }
}

function bytesOf(latin1: string, from: number): Uint8Array {
  const bytes = new Uint8Array(latin1.length - from);
  for (let index = 0; index < bytes.length; index++) bytes[index] = latin1.charCodeAt(from + index);
  return bytes;
}

const DONE = 1000;
const FIRST_RETRY = 200;
const LONGEST_RETRY = 10_000;
/** The server pings at least every 15 s: twice that without a word means that the connection is dead. */
const SILENCE = 35_000;

type Outside = { open: (url: string) => WebSocket; refusal: (target: LogTarget) => Promise<Problem | null> };

export class LogTail {
  private readonly place: LogPlace;
  private socket: WebSocket | null = null;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isReconnecting = false;
  private isOver = false;

  constructor(
    private readonly target: LogTarget,
    private readonly listener: LogListener,
    private readonly outside: Outside = { open: (url) => new WebSocket(url), refusal: refusalOf },
  ) {
    this.place = new LogPlace(target.attempt);
    listener.state({ state: "connecting" });
    this.connect();
  }

  close(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    const socket = this.outside.open(socketUrl(this.target, this.place));
    this.socket = socket;
    socket.onopen = () => {
      this.isReconnecting = false;
      this.listener.state({ state: "live" });
      this.awaitWord(socket);
    };
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      this.failures = 0;
      this.awaitWord(socket);
      this.hear(socket, JSON.parse(String(event.data)) as LogFrame);
    };
    socket.onclose = ({ code }) => this.lost(socket, code);
  }

  private hear(socket: WebSocket, frame: LogFrame): void {
    if (frame.type === "data") {
      const bytes = this.place.take(frame);
      if (bytes === "hole") this.drop(socket);
      else if (bytes.length > 0) this.listener.bytes(bytes);
    } else if (frame.type === "attempt_changed") {
      this.place.begin(frame.attempt);
      this.listener.attempt(frame.attempt);
      this.listener.state({ state: "live" });
    } else if (frame.type === "sealed") {
      this.place.seal = { total: frame.total, truncated: frame.truncated };
      this.listener.state({ state: "sealed", seal: this.place.seal });
    } else if (frame.type === "problem") {
      this.refuse(frame.problem);
    }
  }

  private lost(socket: WebSocket, code: number): void {
    if (this.socket !== socket || this.isOver) return;
    this.socket = null;
    clearTimeout(this.timer);
    // It closes by itself behind the last seal; without one the server stops, or the network did.
    if (code === DONE && this.place.seal !== null) {
      this.isOver = true;
      return;
    }
    if (!this.isReconnecting) this.listener.state({ state: "reconnecting", since: Date.now() });
    this.isReconnecting = true;
    const wait = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.failures++) * (0.5 + Math.random());
    this.timer = setTimeout(() => void this.comeAgain(), wait);
  }

  /** A browser does not tell why a websocket was not let in; the HTTP twin does. */
  private async comeAgain(): Promise<void> {
    const problem = this.failures > 1 ? await this.outside.refusal(this.target) : null;
    if (this.isOver) return;
    if (problem !== null) this.refuse(problem);
    else this.connect();
  }

  private refuse(problem: Problem): void {
    if (problem.status >= 500 || problem.status === 429) return;
    this.close();
    this.listener.state({ state: "refused", problem });
  }

  private awaitWord(socket: WebSocket): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.drop(socket), SILENCE);
  }

  private drop(socket: WebSocket): void {
    socket.close();
    // The close of a dead connection may take minutes to be answered.
    this.lost(socket, 0);
  }
}

function socketUrl({ run, node, stream, onward }: LogTarget, place: LogPlace): string {
  const query = new URLSearchParams({ run, node, stream, attempt: String(place.attempt) });
  if (place.offset > 0) query.set("from", String(place.offset));
  if (onward) query.set("onward", "true");
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${window.location.host}/ws/logs?${query}`;
}

async function refusalOf({ run, node, stream, attempt }: LogTarget): Promise<Problem | null> {
  try {
    await api.GET("/api/v1/runs/{run_id}/nodes/{node_id}/logs/{stream}", {
      params: { path: { run_id: run, node_id: node, stream }, query: { attempt, limit: 1 } },
      parseAs: "text",
    });
    return null;
  } catch (error) {
    // Without an answer it is the network, which comes back.
    return error instanceof ProblemError && error.problem.status < 500 && error.problem.status !== 429
      ? error.problem
      : null;
  }
}

/** The HTTP twin: the same bytes, for a download. */
export function logUrl({ run, node, stream, attempt }: Omit<LogTarget, "onward">): string {
  const query = attempt > 0 ? `?attempt=${attempt}` : "";
  return `/api/v1/runs/${encodeURIComponent(run)}/nodes/${encodeURIComponent(node)}/logs/${stream}${query}`;
}
