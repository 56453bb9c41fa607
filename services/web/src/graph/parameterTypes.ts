/** Parameter types: which JSON values they take, and how those are normalized; as the platform does. */

import { isoDate } from "./dates";
import type { Json } from "./model";
import { BadValue, glimpse } from "./refusals";

export const LONGEST_TEXT = 1024 * 1024;
/** From here on JSON writes whole numbers with an exponent, which the platform reads as fractional ones. */
const WRITTEN_WITH_EXPONENT = 1e21;

export interface ParameterType {
  /** The normalized form; throws `BadValue`. */
  readonly read: (value: Json) => Json;
  /** What a parameter is that has neither value nor default. */
  readonly empty: Json;
  readonly family: "number" | "text" | "bool" | "list" | "json";
  /** Types of graph parameters and scalar outputs that may be bound to it. */
  readonly takes: ReadonlySet<string>;
}

const INT_TEXT = /^[+-]?[0-9]+$/;
const FLOAT_TEXT = /^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)$/i;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

function readInt(value: Json): number {
  const found = typeof value === "string" && INT_TEXT.test(value.trim()) ? Number(value) : value;
  if (typeof found !== "number" || !Number.isInteger(found)) {
    throw new BadValue("not_whole_number", { value: glimpse(value) });
  }
  if (!Number.isSafeInteger(found)) {
    throw new BadValue("number_too_large", { value: glimpse(value), limit: Number.MAX_SAFE_INTEGER });
  }
  return found;
}

function numberIn(text: string): number | null {
  const bare = text.trim().toLowerCase();
  if (!FLOAT_TEXT.test(bare)) {
    return null;
  }
  return /[in]/.test(bare) ? Number.POSITIVE_INFINITY : Number(bare);
}

function readFloat(value: Json): number {
  const found = typeof value === "string" ? numberIn(value) : value;
  if (typeof found !== "number") {
    throw new BadValue("not_number", { value: glimpse(value) });
  }
  if (!Number.isFinite(found)) {
    throw new BadValue("not_finite", { value: glimpse(value) });
  }
  checkWritable(found);
  return found;
}

/** A number that JSON would write with all its digits would be read back as a whole number that is too large. */
function checkWritable(number: number): void {
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < WRITTEN_WITH_EXPONENT) {
    throw new BadValue("number_too_large", { value: number, limit: Number.MAX_SAFE_INTEGER });
  }
}

function readBool(value: Json): boolean {
  const found = typeof value === "string" ? BOOLEANS.get(value.trim().toLowerCase()) : value;
  if (typeof found !== "boolean") {
    throw new BadValue("not_boolean", { value: glimpse(value) });
  }
  return found;
}

function readText(value: Json): string {
  if (typeof value !== "string") {
    throw new BadValue("not_text", { value: glimpse(value) });
  }
  if (value.length > LONGEST_TEXT && [...value].length > LONGEST_TEXT) {
    throw new BadValue("text_too_long", { limit: LONGEST_TEXT, length: [...value].length });
  }
  if (value.includes("\0")) {
    throw new BadValue("nul_character");
  }
  if (/\p{Surrogate}/u.test(value)) {
    throw new BadValue("lone_surrogate");
  }
  return value;
}

function readDate(value: Json): string {
  const text = readText(value);
  const found = text === "" ? "" : isoDate(text);
  if (found === null) {
    throw new BadValue("not_date", { value: glimpse(text) });
  }
  return found;
}

function readColor(value: Json): string {
  const text = readText(value).toLowerCase();
  if (text !== "" && !/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/.test(text)) {
    throw new BadValue("not_color", { value: glimpse(text) });
  }
  return text.length === 4 ? text.replace(/[0-9a-f]/g, "$&$&") : text;
}

function readSecret(value: Json): string {
  const text = readText(value);
  if (text !== "" && !/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(text)) {
    // Not shown: whoever typed the secret itself here must not find it in a message.
    throw new BadValue("not_secret_name");
  }
  return text;
}

function readJson(value: Json): Json {
  const waiting: Json[] = [value];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    if (typeof item === "number") {
      checkWritable(item);
    } else if (typeof item === "string" && /\p{Surrogate}/u.test(item)) {
      throw new BadValue("lone_surrogate");
    } else if (typeof item === "object" && item !== null) {
      waiting.push(...Object.values(item), ...(Array.isArray(item) ? [] : Object.keys(item)));
    }
  }
  return value;
}

export function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new BadValue("not_json", { value: glimpse(text) });
  }
}

function listOf(read: (value: Json) => Json): (value: Json) => Json {
  return (value) => {
    const list = typeof value === "string" && value.trimStart().startsWith("[") ? jsonIn(value) : value;
    if (!Array.isArray(list)) {
      throw new BadValue("not_list", { value: glimpse(value) });
    }
    return list.map((item: Json, position) => itemOf(read, item, position));
  };
}

function itemOf(read: (value: Json) => Json, item: Json, position: number): Json {
  try {
    return read(item);
  } catch (error) {
    throw error instanceof BadValue
      ? new BadValue(error.refusal.code, error.refusal.params, position)
      : error;
  }
}

const TEXTS = ["str", "text", "enum", "code", "date", "color"];
const LISTS = ["list_int", "list_float", "list_str"];
const ofText = (read: (value: Json) => Json): ParameterType => ({
  read,
  empty: "",
  family: "text",
  takes: new Set(TEXTS),
});
const ofList = (read: (value: Json) => Json, takes: readonly string[]): ParameterType => ({
  read: listOf(read),
  empty: [],
  family: "list",
  takes: new Set(takes),
});

export const PARAMETER_TYPES: ReadonlyMap<string, ParameterType> = new Map<string, ParameterType>([
  ["int", { read: readInt, empty: 0, family: "number", takes: new Set(["int"]) }],
  ["float", { read: readFloat, empty: 0, family: "number", takes: new Set(["int", "float"]) }],
  ["bool", { read: readBool, empty: false, family: "bool", takes: new Set(["bool"]) }],
  ["str", ofText(readText)],
  ["text", ofText(readText)],
  ["enum", ofText(readText)],
  ["code", ofText(readText)],
  ["date", ofText(readDate)],
  ["color", ofText(readColor)],
  ["secret", { ...ofText(readSecret), takes: new Set(["secret"]) }],
  ["list_int", ofList(readInt, ["list_int"])],
  ["list_float", ofList(readFloat, ["list_int", "list_float"])],
  ["list_str", ofList(readText, ["list_str"])],
  [
    "json",
    {
      read: readJson,
      empty: null,
      family: "json",
      takes: new Set([...TEXTS, "int", "float", "bool", ...LISTS, "json"]),
    },
  ],
]);

/** May a graph parameter, or a scalar output, of `sourceType` be bound to a parameter of `parameterType`? */
export function mayBeBound(parameterType: string, sourceType: string): boolean {
  return PARAMETER_TYPES.get(parameterType)?.takes.has(sourceType) ?? false;
}
