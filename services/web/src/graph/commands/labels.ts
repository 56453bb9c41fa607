/** What a command is called in "Undo: …". */

import type { Command, Label } from "./types";

/** Key `command.<type>`, with the names and numbers that its text needs. */
export function labelOf(command: Command): Label {
  return command.type === "batch"
    ? command.label
    : { key: `command.${command.type}`, params: params(command) };
}

function params(command: Exclude<Command, { type: "batch" }>): Label["params"] {
  switch (command.type) {
    case "addNodes":
      return { count: command.nodes.length };
    case "removeNodes":
      return { count: command.ids.length };
    case "moveNodes":
      return { count: command.positions.size };
    case "setNode":
      return { name: command.id, field: Object.keys(command.fields).join(", ") };
    case "setParameter":
    case "clearParameter":
      return { name: command.name, node: command.node };
    case "addLink":
    case "removeLink":
      return { from: command.from.node, to: command.to.node };
    case "moveLink":
      return { name: command.to.input, node: command.to.node };
    case "addOrderLink":
    case "removeOrderLink":
    case "renameNode":
    case "renameGraphParameter":
      return { from: command.from, to: command.to };
    case "setGraph":
      return { field: Object.keys(command.fields).join(", ") };
    case "addGraphParameter":
      return { name: command.parameter.name };
    case "changeGraphParameter":
    case "removeGraphParameter":
      return { name: command.name };
    case "embedOperation":
    case "removeOperation":
      return { name: command.key };
    case "replaceGraph":
    case "restore":
      return {};
  }
}
