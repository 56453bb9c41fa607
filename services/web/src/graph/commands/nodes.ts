/** Commands on nodes. */

import { isEqual } from "../equality";
import { type GraphDocument, type GraphNode, NODE_ID, own } from "../model";
import {
  changeNode,
  changeNodes,
  inserted,
  requireNode,
  requireNodes,
  withFields,
  withoutKey,
} from "./lists";
import { withoutReferences, withRenamedNode } from "./references";
import { CommandError, type NodeCommand } from "./types";

export function applyToNodes(graph: GraphDocument, command: NodeCommand): GraphDocument {
  switch (command.type) {
    case "addNodes":
      return addNodes(graph, command.nodes, command.at);
    case "removeNodes":
      return removeNodes(graph, command.ids);
    case "moveNodes":
      return moveNodes(graph, command.positions);
    case "renameNode":
      return renameNode(graph, command.from, command.to);
    case "setNode":
      return changeNode(graph, command.id, (node) => withFields(node, command.fields));
    case "setParameter":
      return changeNode(graph, command.node, (node) =>
        isEqual(own(node.parameters, command.name), command.value)
          ? node
          : { ...node, parameters: { ...node.parameters, [command.name]: command.value } },
      );
    case "clearParameter":
      return changeNode(graph, command.node, (node) =>
        Object.hasOwn(node.parameters, command.name)
          ? { ...node, parameters: withoutKey(node.parameters, command.name) }
          : node,
      );
  }
}

function addNodes(graph: GraphDocument, nodes: readonly GraphNode[], at: number | undefined): GraphDocument {
  const taken = new Set(graph.nodes.map((node) => node.id));
  for (const node of nodes) {
    if (taken.has(node.id)) {
      throw new CommandError("duplicate_node", node.id);
    }
    taken.add(node.id);
  }
  return nodes.length > 0 ? { ...graph, nodes: inserted(graph.nodes, at, ...nodes) } : graph;
}

function removeNodes(graph: GraphDocument, ids: readonly string[]): GraphDocument {
  requireNodes(graph, ids);
  const gone = new Set(ids);
  const left = graph.nodes.filter((node) => !gone.has(node.id));
  return ids.length > 0 ? { ...graph, nodes: left.map((node) => withoutReferences(node, gone)) } : graph;
}

function moveNodes(
  graph: GraphDocument,
  positions: Extract<NodeCommand, { type: "moveNodes" }>["positions"],
): GraphDocument {
  requireNodes(graph, positions.keys());
  return changeNodes(graph, (node) => {
    const position = positions.get(node.id);
    return position === undefined || isEqual(position, node.position) ? node : { ...node, position };
  });
}

function renameNode(graph: GraphDocument, from: string, to: string): GraphDocument {
  requireNode(graph, from);
  if (from === to) {
    return graph;
  }
  if (!NODE_ID.test(to)) {
    throw new CommandError("bad_name", to);
  }
  if (graph.nodes.some((node) => node.id === to)) {
    throw new CommandError("duplicate_node", to);
  }
  const indices = graph.nodes.flatMap((node, index) => (node.id === from ? [index] : []));
  const renamed = indices.at(-1);
  // Of two with one id (an imported mistake) the first is who references mean: they stay with it.
  const follow = indices.length === 1;
  const nodes = graph.nodes.map((node, index) => {
    const own = index === renamed ? { ...node, id: to } : node;
    return follow ? withRenamedNode(own, from, to) : own;
  });
  return { ...graph, nodes };
}
