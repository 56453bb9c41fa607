/** Commands on links. */

import { type GraphDocument, type GraphNode, own } from "../model";
import { changeNode, inserted, requireNode, withoutIndex, withoutKey } from "./lists";
import { CommandError, type LinkCommand } from "./types";

type Of<T extends LinkCommand["type"]> = Extract<LinkCommand, { type: T }>;

export function applyToLinks(graph: GraphDocument, command: LinkCommand): GraphDocument {
  switch (command.type) {
    case "addLink":
      requireNode(graph, command.from.node);
      return changeNode(graph, command.to.node, (node) => addLink(node, command));
    case "removeLink":
      return changeNode(graph, command.to.node, (node) => removeLink(node, command));
    case "moveLink":
      return changeNode(graph, command.to.node, (node) => moveLink(node, command));
    case "addOrderLink":
      requireNode(graph, command.from);
      return changeNode(graph, command.to, (node) => addOrderLink(node, command.from));
    case "removeOrderLink":
      return changeNode(graph, command.to, (node) => removeOrderLink(node, command.from));
  }
}

function addLink(node: GraphNode, { from, to, at }: Of<"addLink">): GraphNode {
  const sources = own(node.inputs, to.input) ?? [];
  return { ...node, inputs: { ...node.inputs, [to.input]: inserted(sources, at, from) } };
}

function removeLink(node: GraphNode, { from, to, at }: Of<"removeLink">): GraphNode {
  const sources = own(node.inputs, to.input) ?? [];
  const index = sources.findIndex(
    (source, position) =>
      source.node === from.node && source.output === from.output && (at === undefined || at === position),
  );
  if (index < 0) {
    throw new CommandError("unknown_link", `${from.node}.${from.output} > ${to.node}.${to.input}`);
  }
  const left = withoutIndex(sources, index);
  const inputs = left.length > 0 ? { ...node.inputs, [to.input]: left } : withoutKey(node.inputs, to.input);
  return { ...node, inputs };
}

function moveLink(node: GraphNode, { to, fromIndex, toIndex }: Of<"moveLink">): GraphNode {
  const sources = own(node.inputs, to.input) ?? [];
  const moved = sources[fromIndex];
  if (moved === undefined || sources[toIndex] === undefined) {
    throw new CommandError("unknown_link", `${to.node}.${to.input}[${moved ? toIndex : fromIndex}]`);
  }
  if (fromIndex === toIndex) {
    return node;
  }
  const next = inserted(withoutIndex(sources, fromIndex), toIndex, moved);
  return { ...node, inputs: { ...node.inputs, [to.input]: next } };
}

function addOrderLink(node: GraphNode, from: string): GraphNode {
  if (node.after.includes(from)) {
    throw new CommandError("duplicate_link", `${from} > ${node.id}`);
  }
  return { ...node, after: [...node.after, from] };
}

function removeOrderLink(node: GraphNode, from: string): GraphNode {
  if (!node.after.includes(from)) {
    throw new CommandError("unknown_link", `${from} > ${node.id}`);
  }
  return { ...node, after: node.after.filter((name) => name !== from) };
}
