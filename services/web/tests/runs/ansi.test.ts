import fc from "fast-check";
import { expect, test } from "vitest";
import { PLAIN, parseAnsi } from "@/features/runs/log/ansi";

const ESC = "\u001b";

test("a line without escapes is itself, with no span", () => {
  expect(parseAnsi("a plain line\twith a tab")).toEqual({
    text: "a plain line\twith a tab",
    spans: [],
    style: PLAIN,
  });
});

test("colours become tokens of the theme, over the text without the escapes", () => {
  const { text, spans } = parseAnsi(`${ESC}[31mred${ESC}[0m and ${ESC}[1;92mbright${ESC}[0m`);
  expect(text).toBe("red and bright");
  expect(spans).toEqual([
    { start: 0, end: 3, style: { color: "var(--ansi-1)" } },
    { start: 8, end: 14, style: { bold: true, color: "var(--ansi-10)" } },
  ]);
});

test("what a line leaves switched on is true of the next one, until it is reset", () => {
  const first = parseAnsi(`${ESC}[4mon`);
  const second = parseAnsi("still on", first.style);
  expect(second.spans).toEqual([{ start: 0, end: 8, style: { underline: true } }]);
  expect(parseAnsi(`${ESC}[m`, second.style).style).toBe(PLAIN);
});

test("a part of a style can be switched off", () => {
  const { style } = parseAnsi(`${ESC}[1;3;31;44m${ESC}[22;39m`);
  expect(style).toEqual({ italic: true, background: "var(--ansi-4)" });
});

test.each([
  ["38;5;9", "var(--ansi-9)"],
  ["38;5;196", "rgb(255 0 0)"],
  ["38;5;232", "rgb(8 8 8)"],
  ["38;2;1;2;3", "rgb(1 2 3)"],
  ["38:5:9", "var(--ansi-9)"],
])("the extended colour %s is %s", (codes, color) => {
  expect(parseAnsi(`${ESC}[${codes}mx`).style).toEqual({ color });
});

test("a code after an extended colour is still read", () => {
  expect(parseAnsi(`${ESC}[38;5;300;1mx`).style).toEqual({ bold: true });
});

test.each([
  ["moved cursor", `a${ESC}[2Kb`, "ab"],
  ["window title", `${ESC}]0;title\u0007text`, "text"],
  ["link", `${ESC}]8;;https://example.org${ESC}\\here${ESC}]8;;${ESC}\\`, "here"],
  ["bell and backspace", "a\u0007b\b", "ab"],
  ["character set", `${ESC}(Btext`, "text"],
  ["escape at the end", `text${ESC}`, "text"],
])("a %s leaves nothing behind", (_, line, text) => {
  expect(parseAnsi(line).text).toBe(text);
});

test("whatever comes, spans are in order, within the text, and no control character is left", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      `${ESC}[`,
      `${ESC}[31m`,
      `${ESC}[0m`,
      `${ESC}]`,
      ";",
      "m",
      ESC,
      "\u0007",
      `${ESC}[38;5`,
      "\u0000",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const { text, spans } = parseAnsi(pieces.join(""));
      let end = 0;
      for (const span of spans) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        expect(span.end).toBeGreaterThan(span.start);
        end = span.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
      expect(/[\p{Cc}]/u.test(text.replace(/[\t\n\u0080-\u009f]/g, ""))).toBe(false);
    }),
  );
});
