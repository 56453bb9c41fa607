/** Node parameters that are no plain values: bound to a graph parameter, or to a scalar output upstream. */

import type { Json, OutputRef } from "./model";
import { isRecord } from "./records";

export const PARAM = "$param";
export const OUTPUT = "$output";

export function bindToParameter(name: string): Json {
  return { [PARAM]: name };
}

export function bindToOutput(source: OutputRef): Json {
  return { [OUTPUT]: { node: source.node, output: source.output } };
}

/** Name of the graph parameter in `{"$param": name}`; `null` for other and for malformed values. */
export function boundParameter(value: unknown): string | null {
  if (!isRecord(value) || Object.keys(value).length !== 1) {
    return null;
  }
  const name = value[PARAM];
  return typeof name === "string" ? name : null;
}

/** Source in `{"$output": {"node": …, "output": …}}`; `null` for other and for malformed values. */
export function boundOutput(value: unknown): OutputRef | null {
  if (!isRecord(value) || Object.keys(value).length !== 1) {
    return null;
  }
  const target = value[OUTPUT];
  if (!isRecord(target) || Object.keys(target).length !== 2) {
    return null;
  }
  const { node, output } = target;
  return typeof node === "string" && typeof output === "string" ? { node, output } : null;
}

/** Looks like a binding, well-formed or not: these names are not for plain values. */
export function isBinding(value: unknown): boolean {
  return isRecord(value) && (Object.hasOwn(value, PARAM) || Object.hasOwn(value, OUTPUT));
}
