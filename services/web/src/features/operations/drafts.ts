/** Operations while they are written: what a new one starts as, and lists of named things in them. */

import {
  type Input,
  type Json,
  type Operation,
  type Output,
  type Parameter,
  readOperation,
  readParameter,
} from "@/graph/model";
import type { CodeLanguage } from "@/ui/CodeEditor";

/** Kinds that every platform has; those of plugins are found in the catalogue. */
export const KINDS = ["bash_jinja2", "command", "python"] as const;

const STARTS: Readonly<Record<string, string>> = {
  bash_jinja2: `set -euo pipefail

head -n {{ param.rows }} {{ input.table }} > {{ output.result }}
`,
  command: `set -euo pipefail

head -n "$PLYNX_PARAM_rows" "$PLYNX_INPUT_table" > "$PLYNX_OUTPUT_result"
`,
  python: `from itertools import islice
from pathlib import Path

with open(inputs["table"]) as table:
    Path(outputs["result"]).write_text("".join(islice(table, params["rows"])))
`,
};

/** A small operation that works, so that one sees how the parts belong together. */
export function startOf(kind: string): Operation {
  return readOperation({
    name: "",
    kind,
    inputs: [{ name: "table", types: ["csv"] }],
    parameters: [{ name: "rows", type: "int", default: 10, min: 1 }],
    outputs: [{ name: "result", type: "csv" }],
    cmd: STARTS[kind] ?? "",
  });
}

/** The code of another kind's start is replaced; what somebody has written is kept. */
export function withKind(operation: Operation, kind: string): Operation {
  const untouched = operation.cmd.trim() === "" || Object.values(STARTS).includes(operation.cmd);
  return { ...operation, kind, cmd: untouched ? (STARTS[kind] ?? operation.cmd) : operation.cmd };
}

const LANGUAGES: Readonly<Record<string, CodeLanguage>> = {
  bash_jinja2: "shell",
  command: "shell",
  python: "python",
};

export function languageOfKind(kind: string): CodeLanguage {
  return LANGUAGES[kind] ?? "text";
}

/** How the code of a kind names what is declared. */
export function placeholdersOf({ kind, inputs, outputs, parameters }: Operation): string[] {
  const named = (form: (group: "input" | "output" | "param", name: string) => string) => [
    ...inputs.map(({ name }) => form("input", name)),
    ...parameters.map(({ name }) => form("param", name)),
    ...outputs.map(({ name }) => form("output", name)),
  ];
  if (kind === "bash_jinja2") return named((group, name) => `{{ ${group}.${name} }}`);
  if (kind === "command") return named((group, name) => `"$PLYNX_${group.toUpperCase()}_${name}"`);
  if (kind === "python") return named((group, name) => `${group}s["${name}"]`);
  return [];
}

export function freshName(stem: string, things: readonly { readonly name: string }[]): string {
  const taken = new Set(things.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}_${number}`;
    if (!taken.has(name)) return name;
  }
}

export function newInput(operation: Operation): Input {
  return { name: freshName("input", operation.inputs), types: ["file"], min: 1, max: 1, description: "" };
}

export function newOutput(operation: Operation): Output {
  return { name: freshName("output", operation.outputs), type: "file", description: "" };
}

export function newParameter(operation: Operation): Parameter {
  return readParameter({ name: freshName("parameter", operation.parameters) });
}

/** Of another type: what the new type cannot have is taken away. */
export function withType(parameter: Parameter, type: string): Parameter {
  const isNumber = /^(list_)?(int|float)$/.test(type);
  const isList = type.startsWith("list_");
  return {
    ...parameter,
    type,
    default: null as Json,
    choices: type === "enum" ? parameter.choices : [],
    min: isNumber ? parameter.min : null,
    max: isNumber ? parameter.max : null,
    min_items: isList ? parameter.min_items : 0,
    max_items: isList ? parameter.max_items : null,
    regex: isNumber || type === "bool" || type === "json" ? null : parameter.regex,
  };
}

export function replaced<T>(items: readonly T[], index: number, item: T): T[] {
  return items.map((old, place) => (place === index ? item : old));
}

export function without<T>(items: readonly T[], index: number): T[] {
  return items.filter((_, place) => place !== index);
}

export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const item = items[from];
  if (item === undefined || to < 0 || to >= items.length) return [...items];
  const rest = without(items, from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}
