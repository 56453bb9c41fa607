/** Nodes on the system's clipboard: as text, between graphs, teams and browser windows. */

import { boundParameter } from "./bindings";
import { type Content, readContent, writeContent } from "./clipboardText";
import { type Batch, batch, type Command, type LabelKey } from "./commands";
import {
  withoutParameter,
  withoutReferences,
  withRenamedParameter,
  withRenamedReferences,
} from "./commands/references";
import { parentsOf } from "./dag";
import { isEqual } from "./equality";
import { corner, GRID, snap } from "./layout";
import {
  type Catalogue,
  EMPTY_GRAPH,
  freshNodeId,
  type GraphDocument,
  type GraphNode,
  own,
  type Parameter,
  type Position,
} from "./model";

export { ClipboardError } from "./clipboardText";

const COLUMN = 320;

/** Text for the clipboard: the nodes with what they need of the graph. Links to other nodes are left out. */
export function copy(graph: GraphDocument, ids: Iterable<string>, catalogue: Catalogue): string {
  const chosen = new Set(ids);
  const nodes = graph.nodes.filter((node) => chosen.has(node.id)).map((node) => withInnerLinks(node, chosen));
  const bound = new Set(nodes.flatMap((node) => Object.values(node.parameters).map(boundParameter)));
  const used = new Set(nodes.map((node) => node.operation));
  const operations = Object.entries(graph.operations).filter(
    // A run's snapshot holds all its operations; those that the catalogue has too need not travel.
    ([key, operation]) => used.has(key) && !isEqual(catalogue.get(key), operation),
  );
  return writeContent({
    nodes,
    parameters: graph.parameters.filter((parameter) => bound.has(parameter.name)),
    operations: Object.fromEntries(operations),
  });
}

/** As one step: fresh ids, the top left corner at `at`. Throws `ClipboardError` that says what the clipboard holds. */
export function paste(graph: GraphDocument, text: string, at: Position): Batch {
  return insertion(graph, readContent(text), at, "command.paste");
}

/** Beside the originals; `null` if none of these nodes exists. */
export function duplicate(graph: GraphDocument, ids: Iterable<string>, catalogue: Catalogue): Batch | null {
  const chosen = new Set(ids);
  if (!graph.nodes.some((node) => chosen.has(node.id))) {
    return null;
  }
  const content = readContent(copy(graph, chosen, catalogue));
  const { x, y } = corner(content.nodes.flatMap((node) => node.position ?? []));
  return insertion(graph, content, { x: x + 2 * GRID, y: y + 2 * GRID }, "command.duplicate");
}

/** Ids of the nodes that a command adds: what is to be selected after it. */
export function addedIds(command: Command): string[] {
  if (command.type === "batch") {
    return command.commands.flatMap(addedIds);
  }
  return command.type === "addNodes" ? command.nodes.map((node) => node.id) : [];
}

function withInnerLinks(node: GraphNode, chosen: ReadonlySet<string>): GraphNode {
  return withoutReferences(node, new Set(parentsOf(node).filter((parent) => !chosen.has(parent))));
}

function insertion(graph: GraphDocument, content: Content, at: Position, key: LabelKey): Batch {
  const parameters = parameterNames(graph, content.parameters);
  const operations = operationKeys(graph, content.operations);
  const ids = nodeIds(graph, content.nodes);
  const chosen = new Set(content.nodes.map((node) => node.id));
  const declared = new Set([...content.parameters, ...graph.parameters].map((parameter) => parameter.name));
  const places = positions(content.nodes, at);
  const nodes = content.nodes.map((node, index): GraphNode => {
    const inner = withRenamedReferences(withInnerLinks(node, chosen), ids);
    return {
      ...inner,
      id: ids.get(node.id) ?? node.id,
      operation: operations.get(node.operation)?.key ?? node.operation,
      parameters: boundValues(inner.parameters, parameters, declared),
      position: places[index] ?? snap(at),
    };
  });
  const embedded = [...operations].flatMap(([from, { key: to, isNew }]): Command[] => {
    const operation = own(content.operations, from);
    return isNew && operation ? [{ type: "embedOperation", key: to, operation }] : [];
  });
  const added = content.parameters.flatMap((parameter): Command[] => {
    const name = parameters.get(parameter.name) ?? parameter.name;
    const known = graph.parameters.some((other) => other.name === name);
    return known ? [] : [{ type: "addGraphParameter", parameter: { ...parameter, name } }];
  });
  const label = { key, params: { count: nodes.length } };
  return batch(label, [...added, ...embedded, { type: "addNodes", nodes }]);
}

/** Bindings to what is declared nowhere are dropped. */
function boundValues(
  values: GraphNode["parameters"],
  names: ReadonlyMap<string, string>,
  declared: ReadonlySet<string>,
): GraphNode["parameters"] {
  const bound = new Set(Object.values(values).flatMap((value) => boundParameter(value) ?? []));
  const undeclared = [...bound].filter((name) => !declared.has(name));
  const kept = undeclared.reduce(withoutParameter, values);
  const renamed = [...bound].filter((name) => names.has(name));
  // By way of names that nobody can have: `a` becoming `b` must not meet `b` becoming `c`.
  const aside = renamed.reduce((found, name) => withRenamedParameter(found, name, `\0${name}`), kept);
  return renamed.reduce(
    (found, name) => withRenamedParameter(found, `\0${name}`, names.get(name) ?? name),
    aside,
  );
}

/** New names by old ones. A graph's parameter of the same name and type is taken for the same one. */
function parameterNames(graph: GraphDocument, parameters: readonly Parameter[]): Map<string, string> {
  const taken = new Set([...graph.parameters, ...parameters].map((parameter) => parameter.name));
  const names = new Map<string, string>();
  for (const { name, type } of parameters) {
    const known = graph.parameters.find((other) => other.name === name);
    const found = known && known.type !== type ? fresh(name, "_", taken) : name;
    taken.add(found);
    names.set(name, found);
  }
  return names;
}

interface Key {
  readonly key: string;
  readonly isNew: boolean;
}

/** New keys by old ones; a key under which the graph has something else is changed. */
function operationKeys(graph: GraphDocument, operations: Content["operations"]): Map<string, Key> {
  const taken = new Set([...Object.keys(graph.operations), ...Object.keys(operations)]);
  const keys = new Map<string, Key>();
  for (const [name, operation] of Object.entries(operations)) {
    const known = own(graph.operations, name);
    const equal = isEqual(known, operation);
    const stem = name.replace(/^.*\//, "").replace(/@/, "-v");
    const key = known && !equal ? fresh(stem, "-", taken) : name;
    taken.add(key);
    keys.set(name, { key, isNew: !equal });
  }
  return keys;
}

const LONGEST_NAME = 63;

function fresh(stem: string, separator: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number += 1) {
    const suffix = `${separator}${number}`;
    const name = stem.slice(0, LONGEST_NAME - suffix.length) + suffix;
    if (!taken.has(name)) {
      return name;
    }
  }
}

function nodeIds(graph: GraphDocument, nodes: readonly GraphNode[]): Map<string, string> {
  const taken = new Set(graph.nodes.map((node) => node.id));
  const ids = new Map<string, string>();
  for (const { id } of nodes) {
    const fresh = taken.has(id) ? freshNodeId(EMPTY_GRAPH, id.replace(/-[0-9]+$/, ""), taken) : id;
    taken.add(fresh);
    ids.set(id, fresh);
  }
  return ids;
}

/** Nodes that never stood anywhere go in a row. */
function positions(nodes: readonly GraphNode[], at: Position): Position[] {
  const from = corner(nodes.flatMap((node) => node.position ?? []));
  return nodes.map(({ position }, index) => {
    const place = position ?? { x: from.x + index * COLUMN, y: from.y };
    return snap({ x: place.x - from.x + at.x, y: place.y - from.y + at.y });
  });
}
