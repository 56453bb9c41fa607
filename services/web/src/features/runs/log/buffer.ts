/** The lines of a log, as a terminal would leave them, made of its bytes as they come. Pure. */

import { type AnsiLine, PLAIN, parseAnsi, type Span, type Style } from "./ansi";
import { isErrorLine } from "./errors";

/** More than this is not kept on a page: browsers draw no higher one. The download has them all. */
const MOST_LINES = 1_000_000;
/** A line without an end is shown in pieces: nothing can draw one of megabytes. */
const LONGEST_LINE = 20_000;
const RETURN = 13;
const NO_SPANS: readonly Span[] = [];

export class LogBuffer {
  /** Complete ones, without colours. */
  private texts: string[] = [];
  /** Of those lines that have colours, by line number. */
  private readonly colours = new Map<number, readonly Span[]>();
  private decoder = new TextDecoder();
  private open = "";
  private shownOpen: AnsiLine | null = null;
  private style: Style = PLAIN;
  /** Bytes that were taken. */
  size = 0;
  /** Lines at the beginning that are no longer kept. */
  dropped = 0;
  /** Number of the first line that tells of an error, from 1. */
  firstError: number | null = null;

  constructor(private readonly most = MOST_LINES) {}

  /** Complete lines, and the one that is still being written. */
  get count(): number {
    return this.texts.length + (this.open === "" ? 0 : 1);
  }

  /** Those that will not change any more. */
  get complete(): number {
    return this.texts.length;
  }

  /** Number of the last line, from 1; 0: there is none. */
  get last(): number {
    return this.dropped + this.count;
  }

  append(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.take(this.decoder.decode(bytes, { stream: true }));
  }

  /** Nothing follows: a character that was cut in the middle is shown as such. */
  finish(): void {
    this.take(this.decoder.decode());
  }

  /** `number`: from 1. */
  line(number: number): { text: string; spans: readonly Span[] } {
    const index = number - 1 - this.dropped;
    const text = this.texts[index];
    if (text !== undefined) return { text, spans: this.colours.get(number) ?? NO_SPANS };
    return index === this.texts.length ? this.openLine() : { text: "", spans: NO_SPANS };
  }

  private take(text: string): void {
    if (text === "") return;
    const pieces = (this.open + text).split("\n");
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) this.close(piece);
    this.open = rest;
    while (this.open.length > LONGEST_LINE) {
      this.close(this.open.slice(0, LONGEST_LINE));
      this.open = this.open.slice(LONGEST_LINE);
    }
    // What was written over by a carriage return is not shown again: a bar that is redrawn for hours must not grow.
    this.open = this.open.slice(visiblePart(this.open).start);
    this.shownOpen = null;
    if (this.texts.length > this.most * 1.1) this.forget(this.texts.length - this.most);
  }

  private close(raw: string): void {
    for (let from = 0; from === 0 || from < raw.length; from += LONGEST_LINE) {
      const { text, spans, style } = parseAnsi(overwritten(raw.slice(from, from + LONGEST_LINE)), this.style);
      this.style = style;
      this.texts.push(text);
      const number = this.dropped + this.texts.length;
      if (spans.length > 0) this.colours.set(number, spans);
      if (this.firstError === null && isErrorLine(text)) this.firstError = number;
    }
  }

  private openLine(): AnsiLine {
    this.shownOpen ??= parseAnsi(overwritten(this.open), this.style);
    return this.shownOpen;
  }

  private forget(lines: number): void {
    for (let number = this.dropped + 1; number <= this.dropped + lines; number++) this.colours.delete(number);
    this.texts = this.texts.slice(lines);
    this.dropped += lines;
  }
}

/** What is left of a line after its carriage returns: the last text that was written at its beginning. */
function overwritten(line: string): string {
  const { start, end } = visiblePart(line);
  return start === 0 && end === line.length ? line : line.slice(start, end);
}

/** Returns at the end write over nothing yet. */
function visiblePart(line: string): { start: number; end: number } {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === RETURN) end--;
  return { start: end === 0 ? 0 : line.lastIndexOf("\r", end - 1) + 1, end };
}
