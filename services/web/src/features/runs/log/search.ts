/** Lines that contain a text, found once and kept up with a log that grows. Pure. */

import type { LogBuffer } from "./buffer";

export class LogSearch {
  /** Line numbers, from 1. */
  readonly found: number[] = [];
  private next = 1;
  private readonly pattern: RegExp;

  constructor(readonly query: string) {
    this.pattern = new RegExp(escaped(query), "iu");
  }

  /** Looks at what has come since; the line that is still being written is looked at when it is complete. */
  update(buffer: LogBuffer, isWhole: boolean): void {
    const end = isWhole ? buffer.last : buffer.dropped + buffer.complete;
    for (; this.next <= end; this.next++) {
      if (this.next > buffer.dropped && this.pattern.test(buffer.line(this.next).text))
        this.found.push(this.next);
    }
  }

  /** Place in `found` of the first at or behind a line; the first of all where there is none behind. */
  atOrAfter(line: number): number {
    let low = 0;
    let high = this.found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.found[middle] ?? 0) < line) low = middle + 1;
      else high = middle;
    }
    return low === this.found.length ? 0 : low;
  }
}

/** Where a text occurs in a line: `[start, end)` each. */
export function occurrences(text: string, query: string): readonly (readonly [number, number])[] {
  if (query === "") return [];
  return [...text.matchAll(new RegExp(escaped(query), "giu"))].map(({ index, 0: found }) => [
    index,
    index + found.length,
  ]);
}

function escaped(query: string): string {
  return query.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
