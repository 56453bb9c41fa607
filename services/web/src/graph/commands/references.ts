/** What in a node refers to other nodes and to graph parameters, followed when these are renamed or removed. */

import { bindToOutput, bindToParameter, boundOutput, boundParameter } from "../bindings";
import type { GraphNode, Json, OutputRef } from "../model";
import { mapped, withFields } from "./lists";

type Values = GraphNode["parameters"];
type Inputs = GraphNode["inputs"];

/** A copy only if an entry changed or went (`undefined`). */
function changedRecord<T>(record: Readonly<Record<string, T>>, change: (value: T) => T | undefined) {
  const entries = Object.entries(record);
  const next = entries.flatMap(([key, value]): [string, T][] => {
    const found = change(value);
    return found === undefined ? [] : [[key, found]];
  });
  const changed =
    next.length < entries.length || next.some(([, value], index) => value !== entries[index]?.[1]);
  return changed ? Object.fromEntries(next) : record;
}

function withoutSources(inputs: Inputs, gone: ReadonlySet<string>): Inputs {
  return changedRecord(inputs, (sources) => {
    const left = sources.filter((source) => !gone.has(source.node));
    if (left.length === sources.length) {
      return sources;
    }
    return left.length > 0 ? left : undefined;
  });
}

export function withoutReferences(node: GraphNode, gone: ReadonlySet<string>): GraphNode {
  const after = node.after.filter((name) => !gone.has(name));
  return withFields(node, {
    inputs: withoutSources(node.inputs, gone),
    parameters: changedRecord<Json>(node.parameters, (value) => {
      const source = boundOutput(value);
      return source && gone.has(source.node) ? undefined : value;
    }),
    after: after.length < node.after.length ? after : node.after,
  });
}

export function withRenamedNode(node: GraphNode, from: string, to: string): GraphNode {
  return withRenamedReferences(node, new Map([[from, to]]));
}

/** By old name; what is not in the map stays. */
export function withRenamedReferences(node: GraphNode, names: ReadonlyMap<string, string>): GraphNode {
  const rename = (source: OutputRef): OutputRef => {
    const name = names.get(source.node);
    return name === undefined ? source : { ...source, node: name };
  };
  return withFields(node, {
    inputs: changedRecord(node.inputs, (sources) => mapped(sources, rename)),
    parameters: changedRecord<Json>(node.parameters, (value) => {
      const source = boundOutput(value);
      return source && names.has(source.node) ? bindToOutput(rename(source)) : value;
    }),
    after: mapped(node.after, (name) => names.get(name) ?? name),
  });
}

export function withRenamedParameter(values: Values, from: string, to: string): Values {
  return changedRecord<Json>(values, (value) =>
    boundParameter(value) === from ? bindToParameter(to) : value,
  );
}

export function withoutParameter(values: Values, name: string): Values {
  return changedRecord<Json>(values, (value) => (boundParameter(value) === name ? undefined : value));
}
