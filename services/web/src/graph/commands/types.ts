/** Every change of a graph that there is, as plain values. */

import type {
  GraphDocument,
  GraphNode,
  InputRef,
  Json,
  Operation,
  OutputRef,
  Parameter,
  Position,
} from "../model";

/** What several commands together may be called. */
export type BatchName =
  | "align"
  | "arrange"
  | "bind"
  | "connect"
  | "cut"
  | "delete"
  | "disconnect"
  | "distribute"
  | "duplicate"
  | "edit"
  | "group"
  | "insert"
  | "paste"
  | "upgrade";

export type LabelKey = `command.${SimpleCommand["type"] | BatchName}`;

/** Text for "Undo: move 3 nodes": a key of the translations and what it needs. */
export interface Label {
  readonly key: LabelKey;
  readonly params: Readonly<Record<string, string | number>>;
}

export type NodeFields = Partial<Pick<GraphNode, "title" | "comment" | "pool" | "cacheable" | "operation">>;
export type GraphFields = Partial<Pick<GraphDocument, "name" | "title" | "description" | "tags">>;

/** What an inverse is: the graph's fields that were changed, as they were. */
export interface Restore {
  readonly type: "restore";
  readonly fields: Partial<GraphDocument>;
}

export type NodeCommand =
  /** `at`: place in the list of nodes; the end if it is left out. */
  | { readonly type: "addNodes"; readonly nodes: readonly GraphNode[]; readonly at?: number }
  /** With their links, the bindings that point at them, and their names in `after`. */
  | { readonly type: "removeNodes"; readonly ids: readonly string[] }
  | { readonly type: "moveNodes"; readonly positions: ReadonlyMap<string, Position> }
  /** References follow. */
  | { readonly type: "renameNode"; readonly from: string; readonly to: string }
  | { readonly type: "setNode"; readonly id: string; readonly fields: NodeFields }
  /** A value, or a binding made by `bindToParameter` or `bindToOutput`. */
  | { readonly type: "setParameter"; readonly node: string; readonly name: string; readonly value: Json }
  /** Back to the default. */
  | { readonly type: "clearParameter"; readonly node: string; readonly name: string };

export type LinkCommand =
  /** `at`: place among the links of the input; the end if it is left out. */
  | { readonly type: "addLink"; readonly from: OutputRef; readonly to: InputRef; readonly at?: number }
  /** `at` tells equal links apart; otherwise the first is meant. */
  | { readonly type: "removeLink"; readonly from: OutputRef; readonly to: InputRef; readonly at?: number }
  | { readonly type: "moveLink"; readonly to: InputRef; readonly fromIndex: number; readonly toIndex: number }
  | { readonly type: "addOrderLink"; readonly from: string; readonly to: string }
  | { readonly type: "removeOrderLink"; readonly from: string; readonly to: string };

export type DocumentCommand =
  | { readonly type: "setGraph"; readonly fields: GraphFields }
  | { readonly type: "addGraphParameter"; readonly parameter: Parameter; readonly at?: number }
  | {
      readonly type: "changeGraphParameter";
      readonly name: string;
      readonly fields: Partial<Omit<Parameter, "name">>;
    }
  /** Bindings follow. */
  | { readonly type: "renameGraphParameter"; readonly from: string; readonly to: string }
  /** Bindings to it are cleared. */
  | { readonly type: "removeGraphParameter"; readonly name: string }
  /** New, or in place of the one under this key. */
  | { readonly type: "embedOperation"; readonly key: string; readonly operation: Operation }
  | { readonly type: "removeOperation"; readonly key: string }
  /** From code or an import. */
  | { readonly type: "replaceGraph"; readonly graph: GraphDocument }
  | Restore;

export type SimpleCommand = NodeCommand | LinkCommand | DocumentCommand;

export interface Batch {
  readonly type: "batch";
  readonly label: Label;
  readonly commands: readonly Command[];
}

export type Command = SimpleCommand | Batch;

export type CommandErrorCode =
  | "unknown_node"
  | "duplicate_node"
  | "unknown_link"
  | "duplicate_link"
  | "unknown_parameter"
  | "duplicate_parameter"
  | "unknown_operation"
  | "bad_name";

/** A command that does not apply to this graph; `subject` is the thing's name. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;
  readonly subject: string;

  constructor(code: CommandErrorCode, subject: string) {
    super(`${code}: '${subject}'`);
    this.name = "CommandError";
    this.code = code;
    this.subject = subject;
  }
}
