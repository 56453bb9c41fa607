import fc from "fast-check";
import { expect, test } from "vitest";
import { LogBuffer } from "@/features/runs/log/buffer";
import { isErrorLine } from "@/features/runs/log/errors";
import { LogSearch, occurrences } from "@/features/runs/log/search";

const encoder = new TextEncoder();

function bufferOf(...pieces: string[]): LogBuffer {
  const buffer = new LogBuffer();
  for (const piece of pieces) buffer.append(encoder.encode(piece));
  return buffer;
}

function linesOf(buffer: LogBuffer): string[] {
  return Array.from({ length: buffer.count }, (_, index) => buffer.line(buffer.dropped + index + 1).text);
}

test("a line that is still being written is shown too", () => {
  const buffer = bufferOf("one\ntw");
  expect(linesOf(buffer)).toEqual(["one", "tw"]);
  expect(buffer.complete).toBe(1);
  buffer.append(encoder.encode("o\n"));
  expect(linesOf(buffer)).toEqual(["one", "two"]);
});

test("however the bytes are cut, also within a character, the lines are the same", () => {
  const text = fc.array(
    fc.constantFrom("a", "größe", "日本", "🦊", "\n", "\r\n", "\r", "\u001b[31m", "\u001b[0m"),
  );
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (parts, cuts) => {
      const bytes = encoder.encode(parts.join(""));
      const whole = new LogBuffer();
      whole.append(bytes);
      const cut = new LogBuffer();
      let from = 0;
      for (const length of [...cuts, bytes.length]) {
        cut.append(bytes.subarray(from, from + length));
        from += length;
      }
      whole.finish();
      cut.finish();
      expect(linesOf(cut)).toEqual(linesOf(whole));
      expect(cut.size).toBe(bytes.length);
    }),
  );
});

test("a progress bar is one line: its last state", () => {
  expect(linesOf(bufferOf(" 10%\r 50%\r", "100%\r\ndone\n"))).toEqual(["100%", "done"]);
  expect(linesOf(bufferOf(" 10%\r 50%\r"))).toEqual([" 50%"]);
  expect(linesOf(bufferOf("done\r\r", "\n"))).toEqual(["done"]);
});

test("a bar that is redrawn for hours needs no memory", () => {
  const buffer = new LogBuffer();
  for (let turn = 0; turn < 50_000; turn++) buffer.append(encoder.encode(`\r${turn} of 50000`));
  expect(linesOf(buffer)).toEqual(["49999 of 50000"]);
});

test("bytes that are no UTF-8 are shown as such, and a cut character at the end too", () => {
  const buffer = new LogBuffer();
  buffer.append(new Uint8Array([0x61, 0xff, 0x0a, 0xc3]));
  buffer.finish();
  expect(linesOf(buffer)).toEqual(["a\ufffd", "\ufffd"]);
});

test("colours go on over the end of a line", () => {
  const buffer = bufferOf("\u001b[32mgreen\nstill\u001b[0m not\n");
  expect(buffer.line(2)).toEqual({
    text: "still not",
    spans: [{ start: 0, end: 5, style: { color: "var(--ansi-2)" } }],
  });
});

test("a line of megabytes is shown in pieces, and nothing of it is lost", () => {
  const buffer = bufferOf("x".repeat(50_000), "y".repeat(50_000), "\nend\n");
  expect(linesOf(buffer).slice(0, -1).join("")).toBe("x".repeat(50_000) + "y".repeat(50_000));
  expect(buffer.line(buffer.last).text).toBe("end");
});

test("of more lines than can be shown, the first are forgotten and the numbers stay", () => {
  const buffer = new LogBuffer(10);
  for (let number = 1; number <= 40; number++) buffer.append(encoder.encode(`line ${number}\n`));
  expect(buffer.count).toBeLessThanOrEqual(11);
  expect(buffer.last).toBe(40);
  expect(buffer.line(40).text).toBe("line 40");
  expect(buffer.line(buffer.dropped).text).toBe("");
});

test("a million lines are read and searched", () => {
  const buffer = new LogBuffer();
  const piece = encoder.encode(
    Array.from({ length: 10_000 }, (_, n) => `step ${n} of training, loss 0.123\n`).join(""),
  );
  for (let turn = 0; turn < 100; turn++) buffer.append(piece);
  expect(buffer.count).toBe(1_000_000);
  const search = new LogSearch("STEP 9999 ");
  search.update(buffer, true);
  expect(search.found.length).toBe(100);
  expect(buffer.line(1_000_000).text).toContain("step 9999");
});

test("the first line that tells of an error is known", () => {
  expect(bufferOf("fine\nValueError: no\nerror: again\n").firstError).toBe(2);
  expect(bufferOf("0 errors\nno error at all\n").firstError).toBeNull();
});

test.each([
  ["Traceback (most recent call last):", true],
  ["sklearn.exceptions.NotFittedError: fit first", true],
  ["2026-01-01 12:00:00 [ERROR] no disk", true],
  ["bash: line 3: foo: command not found", true],
  ["error TS2304: Cannot find name", true],
  ["mean error: 0.25", false],
  ["MeanAbsoluteError: 0.25", false],
  ["errors=0 warnings=2", false],
  ["terror on line 4", false],
])("of %j it is told whether it is an error", (line, is) => {
  expect(isErrorLine(line)).toBe(is);
});

test("a search keeps up with a log that grows, and looks at a line when it is complete", () => {
  const buffer = bufferOf("alpha\nbeta\nal");
  const search = new LogSearch("al");
  search.update(buffer, false);
  expect(search.found).toEqual([1]);
  buffer.append(encoder.encode("pine\nalso"));
  search.update(buffer, true);
  expect(search.found).toEqual([1, 3, 4]);
  expect(search.atOrAfter(2)).toBe(1);
  expect(search.atOrAfter(5)).toBe(0);
});

test("what is searched for is text, not a pattern", () => {
  expect(occurrences("a.b (c) A.B", "a.b")).toEqual([
    [0, 3],
    [8, 11],
  ]);
  expect(occurrences("x[1]/{2}-$", "[1]/{2}-$")).toEqual([[1, 10]]);
});
