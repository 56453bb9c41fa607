import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Json, readParameter } from "@/graph/model";
import { matches } from "@/graph/patterns";
import { glimpse } from "@/graph/refusals";
import { coerce, defaultOf, formatValue, parseValue } from "@/graph/values";

vi.setConfig({ testTimeout: 60_000 });

const parameter = (type: string, fields: object = {}) => readParameter({ name: "p", type, ...fields });
const word = fc.string().filter((text) => !text.includes("\0"));

const VALUES: [string, fc.Arbitrary<Json>][] = [
  ["int", fc.maxSafeInteger()],
  [
    "float",
    fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e9, max: 1e9 }).map((found) => found + 0),
  ],
  ["bool", fc.boolean()],
  ["str", word],
  ["text", word],
  ["code", word],
  ["list_int", fc.array(fc.maxSafeInteger())],
  ["list_float", fc.array(fc.integer().map((found) => found / 8))],
  ["list_str", fc.array(word)],
  ["json", fc.jsonValue({ maxDepth: 2 }).map((found) => JSON.parse(JSON.stringify(found)) as Json)],
];

test.each(VALUES)("a value of type %s is shown in a field and read back the same", (type, values) => {
  fc.assert(
    fc.property(values, (value) => {
      const known = coerce(parameter(type), value);
      fc.pre(known.ok);
      expect(parseValue(parameter(type), formatValue(type, value))).toEqual(known);
    }),
  );
});

describe("a refusal says", () => {
  const refusal = (type: string, value: Json, fields: object = {}) => {
    const read = coerce(parameter(type, fields), value);
    return read.ok ? null : read.refusal;
  };

  test.each([
    ["int", "1.5", {}, { code: "not_whole_number", params: { value: "1.5" } }],
    [
      "int",
      2 ** 60,
      {},
      { code: "number_too_large", params: { value: `${2 ** 60}`, limit: Number.MAX_SAFE_INTEGER } },
    ],
    ["float", "x", {}, { code: "not_number", params: { value: "x" } }],
    ["float", "nan", {}, { code: "not_finite", params: { value: "nan" } }],
    [
      "float",
      1e20,
      {},
      { code: "number_too_large", params: { value: 1e20, limit: Number.MAX_SAFE_INTEGER } },
    ],
    ["bool", "on", {}, { code: "not_boolean", params: { value: "on" } }],
    ["str", 5, {}, { code: "not_text", params: { value: "5" } }],
    ["str", "\0", {}, { code: "nul_character", params: {} }],
    ["str", "\ud800", {}, { code: "lone_surrogate", params: {} }],
    ["str", "x".repeat(1048577), {}, { code: "text_too_long", params: { limit: 1048576, length: 1048577 } }],
    ["date", "today", {}, { code: "not_date", params: { value: "today" } }],
    ["color", "red", {}, { code: "not_color", params: { value: "red" } }],
    ["secret", "my pass word", {}, { code: "not_secret_name", params: {} }],
    ["json", { a: ["\ud800"] }, {}, { code: "lone_surrogate", params: {} }],
    ["list_int", "[1", {}, { code: "not_json", params: { value: "[1" } }],
    ["list_int", 1, {}, { code: "not_list", params: { value: "1" } }],
    ["list_int", [1, "x"], {}, { code: "not_whole_number", params: { value: "x" }, item: 1 }],
    ["list_int", [], { min_items: 1 }, { code: "too_few_items", params: { min: 1, count: 0 } }],
    ["list_int", [1, 2], { max_items: 1 }, { code: "too_many_items", params: { max: 1, count: 2 } }],
    ["enum", "c", { choices: ["a", "b"] }, { code: "not_a_choice", params: { choices: "a, b", value: "c" } }],
    ["int", 1, { min: 2 }, { code: "below_min", params: { min: 2, value: 1 } }],
    ["list_int", [1, 9], { max: 2 }, { code: "above_max", params: { max: 2, value: 9 }, item: 1 }],
    ["str", "x", { regex: "[0-9]" }, { code: "no_match", params: { regex: "[0-9]", value: "x" } }],
    ["str", "x".repeat(4097), { regex: "x+" }, { code: "unmatchable", params: { limit: 4096 } }],
    ["number", 1, {}, { code: "unknown_type", params: { type: "number" } }],
  ] as [string, Json, object, object][])("of %s %j with %j: %j", (type, value, fields, expected) => {
    expect(refusal(type, value, fields)).toEqual(expected);
  });

  test("no more than a glimpse of the value", () => {
    expect(glimpse("a\n".repeat(50))).toBe(`${"a ".repeat(19)}a…`);
    expect(glimpse({ a: 1 })).toBe('{"a":1}');
    expect(glimpse(undefined)).toBe("undefined");
  });
});

test("a node that says nothing gets the default, an enum's first choice, or what is empty", () => {
  const found = [
    parameter("int", { default: "5" }),
    parameter("enum", { choices: ["a"] }),
    parameter("enum"),
    parameter("list_str"),
    parameter("float"),
  ].map((declared) => defaultOf(declared));
  expect(found.map((read) => read.ok && read.value)).toEqual([5, "a", "", [], 0]);
  expect([defaultOf(parameter("number")).ok, defaultOf(parameter("int", { default: "x" })).ok]).toEqual([
    false,
    false,
  ]);
});

test("bindings and absent values have a text too", () => {
  expect(formatValue("str", null)).toBe("");
  expect(formatValue("str", { $param: "p" })).toBe('{"$param":"p"}');
  expect(formatValue("json", null)).toBe("null");
});

describe("an expression of the platform", () => {
  test("is judged where both languages agree", () => {
    expect(matches("[a-z]+", "abc")).toBe(true);
    expect(matches("[a-z]+", "abc\n")).toBe(false);
    expect(matches("(?i)A", "a")).toBe(true);
    expect(matches("\\Aa\\Z", "a")).toBe(true);
    expect(matches("ä|ö", "ö")).toBe(true);
  });

  test("is left to the platform where they may not, or where it may take for ever", () => {
    expect(matches("\\w+", "ä")).toBeNull();
    expect(matches("(a+)+", "aaa")).toBeNull();
    expect(matches("(?<!a+)b(", "b")).toBeNull();
  });

  test("is not compiled for every value, and the memory of it is bounded", () => {
    const all = Array.from({ length: 1200 }, (_, index) => matches(`x{${index}}`, "x".repeat(index)));
    expect(all.every(Boolean)).toBe(true);
  });
});
