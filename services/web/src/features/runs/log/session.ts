/** A log that is read: its tail, its lines, and who looks at them. What came within a frame is shown in one step. */

import { useEffect, useState, useSyncExternalStore } from "react";
import { LogTail, type LogTarget, type TailState } from "@/api/logs";
import { LogBuffer } from "./buffer";

export type LogView = {
  readonly buffer: LogBuffer;
  /** The one that the lines are of; 0: none has begun. */
  readonly attempt: number;
  readonly tail: TailState;
};

const CONNECTING: TailState = { state: "connecting" };

export class LogSession {
  private view: LogView;
  private arrived: Uint8Array[] = [];
  private frame: number | undefined;
  private readonly watchers = new Set<() => void>();
  private readonly tail: LogTail;

  constructor(target: LogTarget) {
    this.view = { buffer: new LogBuffer(), attempt: target.attempt, tail: CONNECTING };
    this.tail = new LogTail(target, {
      bytes: (bytes) => {
        this.arrived.push(bytes);
        this.frame ??= requestAnimationFrame(() => this.show());
      },
      attempt: (attempt) => {
        this.arrived = [];
        this.become({ buffer: new LogBuffer(), attempt });
      },
      state: (tail) => {
        if (tail.state === "sealed") {
          this.show();
          this.view.buffer.finish();
        }
        this.become({ tail });
      },
    });
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  readonly current = (): LogView => this.view;

  close(): void {
    this.tail.close();
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }

  private show(): void {
    this.frame = undefined;
    for (const bytes of this.arrived) this.view.buffer.append(bytes);
    this.arrived = [];
    this.become({});
  }

  /** A new object each time: the buffer in it is the same one, and longer. */
  private become(change: Partial<LogView>): void {
    this.view = { ...this.view, ...change };
    for (const watcher of this.watchers) watcher();
  }
}

const nothing: LogView = { buffer: new LogBuffer(), attempt: 0, tail: CONNECTING };
const never = () => () => undefined;
const none = () => nothing;

/** Follows while the component is there. */
export function useLog({ run, node, stream, attempt, onward }: LogTarget): LogView {
  const [session, setSession] = useState<LogSession | null>(null);
  useEffect(() => {
    const opened = new LogSession({ run, node, stream, attempt, onward });
    setSession(opened);
    return () => {
      opened.close();
      setSession(null);
    };
  }, [run, node, stream, attempt, onward]);
  return useSyncExternalStore(session?.watch ?? never, session?.current ?? none);
}
