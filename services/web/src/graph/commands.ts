/** Changes of a graph as values: `apply` gives the changed graph and the command that undoes the change exactly. */

import { applyToDocument } from "./commands/document";
import { applyToLinks } from "./commands/linking";
import { applyToNodes } from "./commands/nodes";
import type { Batch, Command, Label, Restore } from "./commands/types";
import type { GraphDocument } from "./model";

export { labelOf } from "./commands/labels";
export {
  type Batch,
  type BatchName,
  type Command,
  CommandError,
  type CommandErrorCode,
  type GraphFields,
  type Label,
  type LabelKey,
  type NodeFields,
  type Restore,
} from "./commands/types";

export interface Applied {
  readonly graph: GraphDocument;
  /** Applied to `graph`, gives back what was before: the same nodes and links in the same order. */
  readonly inverse: Restore;
}

/** Throws `CommandError` if the command does not apply; a command without effect gives the very same graph. */
export function apply(graph: GraphDocument, command: Command): Applied {
  const next = changed(graph, command);
  return { graph: next, inverse: difference(next, graph) };
}

/** Several commands as one step. */
export function batch(label: Label, commands: readonly Command[]): Batch {
  return { type: "batch", label, commands };
}

function changed(graph: GraphDocument, command: Command): GraphDocument {
  switch (command.type) {
    case "batch":
      return command.commands.reduce(changed, graph);
    case "addNodes":
    case "removeNodes":
    case "moveNodes":
    case "renameNode":
    case "setNode":
    case "setParameter":
    case "clearParameter":
      return applyToNodes(graph, command);
    case "addLink":
    case "removeLink":
    case "moveLink":
    case "addOrderLink":
    case "removeOrderLink":
      return applyToLinks(graph, command);
    default:
      return applyToDocument(graph, command);
  }
}

/** Graphs share what did not change, so the old fields are kept as they are and cost nothing. */
function difference(from: GraphDocument, to: GraphDocument): Restore {
  const names = Object.keys(to) as (keyof GraphDocument)[];
  const fields = names.filter((name) => from[name] !== to[name]).map((name) => [name, to[name]]);
  return { type: "restore", fields: Object.fromEntries(fields) as Partial<GraphDocument> };
}
