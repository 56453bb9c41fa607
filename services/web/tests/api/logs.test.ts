import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogFrame, LogTail, TailState } from "@/api/logs";
import type { Problem } from "@/api/schema";

vi.stubGlobal("window", { location: { origin: "http://plynx", protocol: "http:", host: "plynx" } });
const { LogPlace, LogTail: Tail, logUrl } = await import("@/api/logs");

/** The browser's websocket, as far as it is used: the test plays the server. */
class Line {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: URL) {}

  close(): void {
    this.onclose?.({ code: 1005 });
  }
  opens(): void {
    this.onopen?.();
  }
  sends(...frames: LogFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }
  breaks(code = 1006): void {
    this.onclose?.({ code });
  }
}

const data = (offset: number, text: string): LogFrame => ({ type: "data", offset, data: text });
const seal = (total: number): LogFrame => ({ type: "sealed", total, truncated: false });
const PROBLEM = { code: "not_found", status: 404, title: "Not found", detail: "no node" } as Problem;

let lines: Line[] = [];
let heard = "";
let states: TailState[] = [];
let attempts: number[] = [];
let refusal: Problem | null = null;
let tail: LogTail;

function follow(target: { attempt?: number; onward?: boolean } = {}): void {
  tail = new Tail(
    { run: "run-1", node: "train", stream: "stdout", attempt: 1, onward: true, ...target },
    {
      bytes: (bytes) => {
        heard += String.fromCharCode(...bytes);
      },
      attempt: (attempt) => {
        attempts.push(attempt);
        heard = "";
      },
      state: (state) => states.push(state),
    },
    {
      open: (url) => {
        lines.push(new Line(new URL(url)));
        return line() as unknown as WebSocket;
      },
      refusal: async () => refusal,
    },
  );
}

function line(): Line {
  const newest = lines.at(-1);
  if (newest === undefined) throw new Error("no connection was opened");
  return newest;
}

const state = () => states.at(-1)?.state;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  heard = "";
  states = [];
  attempts = [];
  refusal = null;
});
afterEach(() => {
  tail.close();
  vi.useRealTimers();
});

test("asks for a stream of an attempt, and is told of those that follow", () => {
  follow({ attempt: 2 });
  const { pathname, searchParams } = line().url;
  expect(pathname).toBe("/ws/logs");
  expect(Object.fromEntries(searchParams)).toEqual({
    run: "run-1",
    node: "train",
    stream: "stdout",
    attempt: "2",
    onward: "true",
  });
});

test("comes again with its last offset, and takes no byte twice", async () => {
  follow();
  line().opens();
  line().sends(data(0, "hello "), data(6, "wor"));
  line().breaks();
  expect(state()).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(400);
  expect(lines).toHaveLength(2);
  expect(line().url.searchParams.get("from")).toBe("9");
  line().opens();
  line().sends(data(6, "world"), data(0, "hello"), seal(11));
  expect(heard).toBe("hello world");
  expect(state()).toBe("sealed");
});

test("bytes are bytes, not characters", () => {
  const place = new LogPlace(1);
  expect(place.take({ offset: 0, data: "\u00c3\u00b6\u0000\u00ff" })).toEqual(
    new Uint8Array([0xc3, 0xb6, 0, 0xff]),
  );
});

test("where bytes are missing in between it fetches them before it goes on", async () => {
  follow();
  line().opens();
  line().sends(data(0, "abc"), data(5, "f"));
  expect(heard).toBe("abc");
  await vi.advanceTimersByTimeAsync(400);
  expect(line().url.searchParams.get("from")).toBe("3");
  line().opens();
  line().sends(data(3, "def"));
  expect(heard).toBe("abcdef");
});

test("another attempt begins at its first byte, also after a break", async () => {
  follow();
  line().opens();
  line().sends(data(0, "first"), seal(5), { type: "attempt_changed", attempt: 2 }, data(0, "sec"));
  expect(attempts).toEqual([2]);
  expect(heard).toBe("sec");
  expect(state()).toBe("live");
  line().breaks(1012);
  await vi.advanceTimersByTimeAsync(400);
  expect(line().url.searchParams.get("attempt")).toBe("2");
  expect(line().url.searchParams.get("from")).toBe("3");
});

test("is over when the server closes behind the last seal, and only then", async () => {
  follow();
  line().opens();
  line().sends(data(0, "all"));
  line().breaks(1000);
  await vi.advanceTimersByTimeAsync(400);
  expect(lines).toHaveLength(2);
  line().opens();
  line().sends(seal(3));
  line().breaks(1000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toHaveLength(2);
  expect(state()).toBe("sealed");
});

test("a connection without a word for long is taken for dead", async () => {
  follow();
  line().opens();
  await vi.advanceTimersByTimeAsync(30_000);
  line().sends({ type: "ping" });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(lines).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(lines).toHaveLength(2);
});

test("what an old connection says late is not heard", async () => {
  follow();
  const old = line();
  old.opens();
  old.sends(data(0, "a"));
  await vi.advanceTimersByTimeAsync(36_000);
  old.sends(data(1, "b"));
  expect(heard).toBe("a");
});

test("waits longer each time that nobody answers, ten seconds and a half more at most", async () => {
  follow();
  for (let turn = 0; turn < 12; turn++) {
    line().breaks();
    const before = lines.length;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(lines).toHaveLength(before + 1);
  }
});

test("says in words why it is not let in, and does not come again", async () => {
  refusal = PROBLEM;
  follow();
  line().breaks();
  await vi.advanceTimersByTimeAsync(400);
  line().breaks();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(states.at(-1)).toEqual({ state: "refused", problem: PROBLEM });
  expect(lines.length).toBeLessThanOrEqual(2);
});

test("a right that ends while it reads is said; a platform that is busy is asked again", async () => {
  follow();
  line().opens();
  line().sends({ type: "problem", problem: { ...PROBLEM, status: 503 } });
  line().breaks(1013);
  await vi.advanceTimersByTimeAsync(400);
  expect(lines).toHaveLength(2);
  line().opens();
  line().sends({ type: "problem", problem: { ...PROBLEM, status: 403 } });
  expect(state()).toBe("refused");
});

test("whoever goes away is not told any more", async () => {
  follow();
  line().opens();
  tail.close();
  const before = states.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states).toHaveLength(before);
  expect(lines).toHaveLength(1);
});

test("the download is the same stream over HTTP", () => {
  expect(logUrl({ run: "run-1", node: "a/b", stream: "stderr", attempt: 2 })).toBe(
    "/api/v1/runs/run-1/nodes/a%2Fb/logs/stderr?attempt=2",
  );
});
