/** The graph as YAML text and back: the form of the platform's own export. */

import { Document, type Scalar, type ToStringOptions, visit } from "yaml";
import { type GraphDocument, type Json, readGraph, ShapeError, type ShapeIssue, writeGraph } from "./model";
import { readYaml, YamlError, type YamlReason } from "./yamlText";

export type { YamlReason } from "./yamlText";

export interface CodeIssue {
  /** From 1. */
  readonly line: number;
  readonly column?: number;
  readonly path: string;
  readonly code: "malformed_yaml" | ShapeIssue["code"];
  /** Of YAML that cannot be read. */
  readonly reason?: YamlReason;
  readonly params: Readonly<Record<string, string>>;
}

export class CodeError extends Error {
  readonly issues: readonly CodeIssue[];

  constructor(issues: readonly CodeIssue[]) {
    super(issues.map((issue) => `line ${issue.line}: ${issue.reason ?? issue.code}`).join("; "));
    this.name = "CodeError";
    this.issues = issues;
  }
}

export interface Code {
  readonly graph: GraphDocument;
  /** Where the thing at an issue's path stands. */
  readonly lineOf: (path: string) => number;
}

const LINE_WIDTH = 110;
const TEXT: ToStringOptions = {
  indentSeq: false,
  lineWidth: LINE_WIDTH,
  singleQuote: true,
  blockQuote: "literal",
};

export function toCode(graph: GraphDocument): string {
  return yamlOf(writeGraph(graph));
}

/** An object, as every document is: of bare text, indentation at its start would be lost. */
export function yamlOf(value: Readonly<Record<string, Json>>): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, { Scalar: (_, scalar) => quote(scalar) });
  return document.toString(TEXT).replace(UNUSUAL, escaped);
}

/** Words that other readers of YAML, the platform's writer among them, take for something else than text. */
const NO_PLAIN_TEXT = [
  /^(?:yes|no|on|off|=|<<)$/i,
  /^[-+]?0b[01_]+$/,
  /^[-+]?0x[0-9a-fA-F_]+$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?$/,
  /^[-+]?\.(?:[0-9][0-9_]*|inf|nan)$/i,
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
];

/** Line breaks and marks that other readers see as such, or refuse; they only stand in double quotes. */
const UNUSUAL = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\u0085", "\\N"],
  ["\u2028", "\\L"],
  ["\u2029", "\\P"],
]);

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase();
  const long = code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code}`;
  return SHORT_ESCAPES.get(character) ?? long;
}

function quote(scalar: Scalar): void {
  const { value: text } = scalar;
  if (typeof text !== "string") {
    return;
  }
  if (/ \n|\t/.test(text) || text.search(UNUSUAL) >= 0) {
    scalar.type = "QUOTE_DOUBLE";
  } else if (NO_PLAIN_TEXT.some((form) => form.test(text)) || /^['"]/.test(text)) {
    scalar.type = "QUOTE_SINGLE";
  }
}

/** Throws `CodeError` with a line for every mistake. */
export function fromCode(text: string): Code {
  const { value, lineOf } = yamlIn(text);
  try {
    return { graph: readGraph(value), lineOf };
  } catch (error) {
    if (error instanceof ShapeError) {
      throw new CodeError(error.issues.map((issue) => ({ ...issue, line: lineOf(issue.path) })));
    }
    throw error;
  }
}

function yamlIn(text: string) {
  try {
    return readYaml(text);
  } catch (error) {
    if (error instanceof YamlError) {
      const { line, column, reason, detail } = error;
      throw new CodeError([{ line, column, path: "", code: "malformed_yaml", reason, params: { detail } }]);
    }
    throw error;
  }
}
