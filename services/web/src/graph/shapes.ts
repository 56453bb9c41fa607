/** Shapes of JSON documents: reading fills in defaults and refuses what does not fit; writing leaves defaults out. */

import { isEqual } from "./equality";
import type { Json } from "./model";
import { pointer } from "./pointers";
import { isRecord, own } from "./records";

/** One thing that does not fit, with the codes of the platform's own parser. */
export interface ShapeIssue {
  readonly path: string;
  readonly code: "unknown_field" | "missing_field" | "invalid_type" | "invalid_value";
  readonly params: { readonly field: string; readonly expected?: string };
}

export class ShapeError extends Error {
  readonly issues: readonly ShapeIssue[];

  constructor(issues: readonly ShapeIssue[]) {
    const first = issues[0];
    super(first ? `${first.code} at '${first.path}'` : "the document does not fit");
    this.name = "ShapeError";
    this.issues = issues;
  }
}

type Refuse = (path: string, code: ShapeIssue["code"], expected?: string) => void;

export interface Shape {
  read(value: unknown, path: string, refuse: Refuse): unknown;
  write(value: unknown): unknown;
}

/** A field of a model; without `otherwise` it must be given. */
export interface Field {
  readonly shape: Shape;
  readonly otherwise?: unknown;
  /** Another name under which it is read. */
  readonly also?: string;
}

export type Fields<T> = { readonly [K in keyof T]-?: Field };

const same = (value: unknown) => value;

function plain<T>(expected: string, isOne: (value: unknown) => value is T): Shape {
  const read: Shape["read"] = (value, path, refuse) => {
    if (!isOne(value)) {
      refuse(path, "invalid_type", expected);
    }
    return value;
  };
  return { read, write: same };
}

const isNumber = (value: unknown): value is number => typeof value === "number";

/** Up to here, every program that reads JSON reads the same number. */
const LARGEST = 2 ** 53;

export const TEXT = plain("text", (value) => typeof value === "string");
export const NUMBER = plain("number", isNumber);
export const TRUTH = plain("true_or_false", (value) => typeof value === "boolean");
export const WHOLE: Shape = {
  read: (value, path, refuse) => {
    if (!isNumber(value) || !Number.isInteger(value)) {
      refuse(path, "invalid_type", "whole_number");
    } else if (Math.abs(value) > LARGEST) {
      refuse(path, "invalid_value", `±${LARGEST}`);
    }
    return value;
  },
  write: same,
};
export const ANY: Shape = { read: (value) => (value === undefined ? null : value), write: same };

export function oneOf(...words: readonly string[]): Shape {
  const read: Shape["read"] = (value, path, refuse) => {
    if (!words.includes(String(value))) {
      refuse(path, "invalid_value", words.join(", "));
    }
    return value;
  };
  return { read, write: same };
}

export function nullable(shape: Shape): Shape {
  return {
    read: (value, path, refuse) => (value === null ? null : shape.read(value, path, refuse)),
    write: (value) => (value === null ? null : shape.write(value)),
  };
}

export function listOf(item: Shape): Shape {
  const read: Shape["read"] = (value, path, refuse) => {
    if (!Array.isArray(value)) {
      refuse(path, "invalid_type", "list");
      return [];
    }
    return value.map((entry: unknown, index) => item.read(entry, path + pointer(index), refuse));
  };
  return { read, write: (value) => (value as readonly unknown[]).map((entry) => item.write(entry)) };
}

export function recordOf(item: Shape): Shape {
  const read: Shape["read"] = (value, path, refuse) => {
    if (!isRecord(value)) {
      refuse(path, "invalid_type", "object");
      return {};
    }
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, entry]) => [key, item.read(entry, path + pointer(key), refuse)]),
    );
  };
  const write: Shape["write"] = (value) =>
    Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([key, entry]) => [key, item.write(entry)]),
    );
  return { read, write };
}

export function model<T>(fields: Fields<T>): Shape {
  const table = Object.entries<Field>(fields);
  const names = new Set(table.flatMap(([name, field]) => (field.also ? [name, field.also] : [name])));
  const read: Shape["read"] = (value, path, refuse) => {
    if (!isRecord(value)) {
      refuse(path, "invalid_type", "object");
      return undefined;
    }
    const entries = table.map(([name, field]) => [name, readField(value, name, field, path, refuse)]);
    for (const key of Object.keys(value)) {
      if (!names.has(key)) {
        refuse(path + pointer(key), "unknown_field", [...names].join(", "));
      }
    }
    return Object.fromEntries(entries);
  };
  const write: Shape["write"] = (value) => {
    const record = value as Record<string, unknown>;
    const saying = table.filter(([name, field]) => !isEqual(record[name], field.otherwise));
    return Object.fromEntries(saying.map(([name, field]) => [name, field.shape.write(record[name])]));
  };
  return { read, write };
}

function readField(
  record: Readonly<Record<string, unknown>>,
  name: string,
  field: Field,
  path: string,
  refuse: Refuse,
): unknown {
  const given = own(record, name) ?? (field.also ? own(record, field.also) : undefined);
  const value = given === undefined ? own(record, name) : given;
  const where = path + pointer(name);
  if (value === undefined) {
    if (field.otherwise === undefined) {
      refuse(where, "missing_field");
    }
    return field.otherwise;
  }
  return field.shape.read(value, where, refuse);
}

/** Throws `ShapeError` with everything that does not fit. */
export function readWith(shape: Shape, value: unknown, path = ""): unknown {
  const issues: ShapeIssue[] = [];
  const found = shape.read(value, path, (where, code, expected) => {
    const field = where.slice(where.lastIndexOf("/") + 1);
    issues.push({ path: where, code, params: expected === undefined ? { field } : { field, expected } });
  });
  if (issues.length > 0) {
    throw new ShapeError(issues);
  }
  return found;
}

export function writeWith(shape: Shape, value: unknown): Json {
  return shape.write(value) as Json;
}
