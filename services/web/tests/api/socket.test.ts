import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Fact, FactsSocket, type Liveness } from "@/api/socket";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

/** The far end: what was said to it, and what it says. */
class Line {
  readyState = CONNECTING;
  readonly heard: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    if (this.readyState !== OPEN) throw new Error("not open");
    this.heard.push(JSON.parse(text));
  }
  close(): void {
    if (this.readyState === CONNECTING) throw new Error("closed before it was open");
    this.readyState = CLOSED;
    this.onclose?.();
  }
  accept(): void {
    this.readyState = OPEN;
    this.onopen?.();
  }
  say(fact: Fact): void {
    this.onmessage?.({ data: JSON.stringify(fact) });
  }
  breaks(): void {
    this.readyState = CLOSED;
    this.onclose?.();
  }
}

let lines: Line[];
let socket: FactsSocket;
const last = (): Line => lines[lines.length - 1] as Line;
const state = (): Liveness["state"] => socket.current().state;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  socket = new FactsSocket(
    () => "ws://far/ws",
    () => {
      const line = new Line();
      lines.push(line);
      return line as unknown as WebSocket;
    },
  );
});
afterEach(() => vi.useRealTimers());

describe("the socket of facts", () => {
  it("asks for everything once the line is open, and delivers by subscription", () => {
    const [runs, pools] = [vi.fn(), vi.fn()];
    socket.subscribe({ to: "runs" }, runs);
    socket.subscribe({ to: "pool" }, pools);
    expect(lines).toHaveLength(1);
    last().accept();
    expect(last().heard.map(({ to }) => to)).toEqual(["runs", "pool"]);
    last().say({ type: "snapshot", subscription: last().heard[0]?.id });
    last().say({ type: "ping", subscription: last().heard[1]?.id });
    expect(runs).toHaveBeenCalledTimes(1);
    expect(pools).not.toHaveBeenCalled();
    expect(state()).toBe("live");
  });

  it("comes back after a break, asks anew, and waits longer each time that nobody answers", () => {
    socket.subscribe({ to: "run", run: "run-1" }, vi.fn());
    last().accept();
    last().breaks();
    expect(state()).toBe("reconnecting");
    for (const failures of [1, 2, 3]) {
      vi.advanceTimersByTime(10_000);
      expect(lines).toHaveLength(1 + failures);
      last().breaks();
    }
    vi.advanceTimersByTime(15_000);
    last().accept();
    expect(last().heard).toMatchObject([{ type: "subscribe", to: "run", run: "run-1" }]);
    expect(state()).toBe("live");
  });

  it("takes a line that is silent for too long for dead", () => {
    socket.subscribe({ to: "runs" }, vi.fn());
    last().accept();
    vi.advanceTimersByTime(30_000);
    last().say({ type: "ping" });
    vi.advanceTimersByTime(30_000);
    expect(state()).toBe("live");
    vi.advanceTimersByTime(6_000);
    expect(state()).toBe("reconnecting");
  });

  it("keeps the line from one screen to the next, and hangs up when nobody comes", () => {
    const stop = socket.subscribe({ to: "runs" }, vi.fn());
    last().accept();
    stop();
    vi.advanceTimersByTime(1_000);
    const stopNext = socket.subscribe({ to: "pool" }, vi.fn());
    vi.advanceTimersByTime(10_000);
    expect(lines).toHaveLength(1);
    expect(last().heard.map(({ type }) => type)).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    stopNext();
    vi.advanceTimersByTime(10_000);
    expect(last().readyState).toBe(CLOSED);
    expect(state()).toBe("idle");
  });

  it("hangs up a line that was never answered once it is", () => {
    const stop = socket.subscribe({ to: "runs" }, vi.fn());
    stop();
    vi.advanceTimersByTime(10_000);
    expect(last().readyState).toBe(CONNECTING);
    last().accept();
    expect(last().readyState).toBe(CLOSED);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
  });

  it("tells the one that asked what was refused", () => {
    const [hear, refuse] = [vi.fn(), vi.fn()];
    socket.subscribe({ to: "run", run: "none" }, hear, refuse);
    last().accept();
    last().say({ type: "problem", subscription: last().heard[0]?.id, problem: { code: "not_found" } });
    expect(refuse).toHaveBeenCalledWith({ code: "not_found" });
    expect(hear).not.toHaveBeenCalled();
  });
});
