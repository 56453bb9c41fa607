/** Values of parameters: between what a person types and JSON, checked against the parameter's declaration. */

import { isEqual } from "./equality";
import type { Json, Parameter } from "./model";
import { jsonIn, PARAMETER_TYPES } from "./parameterTypes";
import { LONGEST_MATCHED_TEXT, matches } from "./patterns";
import { BadValue, glimpse, type ValueRefusal } from "./refusals";

export { mayBeBound, PARAMETER_TYPES } from "./parameterTypes";
export type { ValueRefusal, ValueRefusalCode } from "./refusals";

export type Read =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly refusal: ValueRefusal };

/** What of a declaration bears on values. */
export type Bounds = Pick<
  Parameter,
  "type" | "choices" | "min" | "max" | "min_items" | "max_items" | "regex"
>;

/** The value as scripts see it. */
export function coerce(parameter: Bounds, value: Json): Read {
  return reading(() => coerced(parameter, value));
}

/** Text that a person typed: JSON in JSON, lists in JSON or with commas, all else as it stands. */
export function parseValue(parameter: Bounds, text: string): Read {
  return reading(() => coerced(parameter, typed(parameter.type, text)));
}

/** Text for a field; `parseValue` gives the same value back. */
export function formatValue(type: string, value: Json): string {
  if (type === "json") {
    return JSON.stringify(value, null, 2);
  }
  if (value === null || typeof value === "string") {
    return value ?? "";
  }
  if (Array.isArray(value)) {
    return value.every(isBareItem) ? value.join(", ") : JSON.stringify(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a node gets that says nothing: the default, an enum's first choice, or what is empty in its type. */
export function defaultOf(parameter: Parameter): Read {
  if (parameter.default !== null) {
    return coerce(parameter, parameter.default);
  }
  const [first] = parameter.choices;
  if (parameter.type === "enum" && first !== undefined) {
    return { ok: true, value: first };
  }
  const kind = PARAMETER_TYPES.get(parameter.type);
  return kind ? { ok: true, value: kind.empty } : coerce(parameter, null);
}

function reading(read: () => Json): Read {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof BadValue) {
      return { ok: false, refusal: error.refusal };
    }
    throw error;
  }
}

function typed(type: string, text: string): Json {
  if (type === "json") {
    return jsonIn(text);
  }
  if (PARAMETER_TYPES.get(type)?.family !== "list" || text.trimStart().startsWith("[")) {
    return text;
  }
  return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}

function isBareItem(item: Json, index: number, all: readonly Json[]): boolean {
  if (typeof item === "number") {
    return true;
  }
  const bare = typeof item === "string" && item.trim() === item && !item.includes(",");
  // One empty item would be read as none, and a bracket at the start as JSON.
  return bare && (item !== "" || all.length > 1) && (index > 0 || !item.startsWith("["));
}

function coerced(parameter: Bounds, value: Json): Json {
  const kind = PARAMETER_TYPES.get(parameter.type);
  if (!kind) {
    throw new BadValue("unknown_type", { type: parameter.type });
  }
  const found = kind.read(value);
  const items = kind.family === "list" && Array.isArray(found) ? (found as readonly Json[]) : null;
  if (items) {
    checkLength(parameter, items.length);
  }
  (items ?? [found]).forEach((item, index) => {
    checkChoice(parameter, item, items ? index : undefined);
  });
  (items ?? [found]).forEach((item, index) => {
    checkItem(parameter, item, items ? index : undefined);
  });
  return found;
}

function checkLength({ min_items: least, max_items: most }: Bounds, length: number): void {
  if (length < least) {
    throw new BadValue("too_few_items", { min: least, count: length });
  }
  if (most !== null && length > most) {
    throw new BadValue("too_many_items", { max: most, count: length });
  }
}

function checkChoice({ choices }: Bounds, item: Json, index: number | undefined): void {
  if (choices.length > 0 && !choices.some((choice) => isEqual(choice, item))) {
    const shown = choices.slice(0, 20).map(glimpse).join(", ");
    throw new BadValue("not_a_choice", { choices: shown, value: glimpse(item) }, index);
  }
}

function checkItem({ min, max, regex }: Bounds, item: Json, index: number | undefined): void {
  if (typeof item === "number" && min !== null && item < min) {
    throw new BadValue("below_min", { min, value: item }, index);
  }
  if (typeof item === "number" && max !== null && item > max) {
    throw new BadValue("above_max", { max, value: item }, index);
  }
  if (typeof item !== "string" || regex === null) {
    return;
  }
  if (item.length > LONGEST_MATCHED_TEXT && [...item].length > LONGEST_MATCHED_TEXT) {
    throw new BadValue("unmatchable", { limit: LONGEST_MATCHED_TEXT }, index);
  }
  if (matches(regex, item) === false) {
    throw new BadValue("no_match", { regex: glimpse(regex), value: glimpse(item) }, index);
  }
}
