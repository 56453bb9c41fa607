/** Why a value does not suit a parameter: a code for the translations, and what its text needs. */

export type ValueRefusalCode =
  | "not_whole_number"
  | "not_number"
  | "not_finite"
  | "number_too_large"
  | "not_boolean"
  | "not_text"
  | "text_too_long"
  | "nul_character"
  | "lone_surrogate"
  | "not_date"
  | "not_color"
  | "not_secret_name"
  | "not_json"
  | "not_list"
  | "too_few_items"
  | "too_many_items"
  | "not_a_choice"
  | "below_min"
  | "above_max"
  | "no_match"
  | "unmatchable"
  | "unknown_type";

export interface ValueRefusal {
  readonly code: ValueRefusalCode;
  readonly params: Readonly<Record<string, string | number>>;
  /** Of a list: which item, from 0. */
  readonly item?: number;
}

export class BadValue extends Error {
  readonly refusal: ValueRefusal;

  constructor(code: ValueRefusalCode, params: ValueRefusal["params"] = {}, item?: number) {
    super(code);
    this.name = "BadValue";
    this.refusal = item === undefined ? { code, params } : { code, params, item };
  }
}

const LONGEST_SHOWN = 40;

/** A glimpse of a value for a message: one line, not endless. */
export function glimpse(value: unknown): string {
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))).replace(
    /\s+/g,
    " ",
  );
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN - 1)}…`;
}
