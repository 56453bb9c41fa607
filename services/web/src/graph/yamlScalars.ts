/** Plain scalars of YAML 1.2, as JSON can say them: `yes` and `2026-11-23` are text, `1e-3` is a number. */

const INT = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** What plain text stands for. */
export function plainValue(text: string): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) {
    return word;
  }
  return INT.test(text) || FLOAT.test(text) ? Number(text) : text;
}

/** The tag that YAML has for it. */
export function kindOf(value: unknown): string {
  if (typeof value === "number") {
    return Number.isInteger(value) ? "int" : "float";
  }
  return value === null ? "null" : { boolean: "bool", string: "str" }[typeof value as "boolean" | "string"];
}

/** A number that would not be read as it is written. */
export function isTooLarge(text: string, value: unknown): boolean {
  const isNumber = typeof value === "number";
  return isNumber && (!Number.isFinite(value) || (INT.test(text) && !Number.isSafeInteger(value)));
}
