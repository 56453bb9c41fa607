/** What of a graph lies on the clipboard, as text; and what else may lie there, in words. */

import { EMPTY_GRAPH, type GraphDocument, readGraph, ShapeError, writeGraph } from "./model";
import { isRecord } from "./records";
import { glimpse } from "./refusals";

const MARK = "plynx-nodes";
const VERSION = 1;

export type Content = Pick<GraphDocument, "nodes" | "parameters" | "operations">;

/** `holds`: a glimpse of what is there instead. */
export class ClipboardError extends Error {
  readonly code: "empty" | "foreign" | "newer_version" | "malformed" | "no_nodes";
  readonly holds: string;

  constructor(code: ClipboardError["code"], holds = "") {
    super(`the clipboard cannot be pasted: ${code}${holds && `: '${holds}'`}`);
    this.name = "ClipboardError";
    this.code = code;
    this.holds = holds;
  }
}

export function writeContent(content: Content): string {
  const document = writeGraph({ ...EMPTY_GRAPH, ...content });
  return JSON.stringify({ [MARK]: VERSION, ...document }, null, 2);
}

/** Also takes a whole graph in JSON. Throws `ClipboardError`. */
export function readContent(text: string): Content {
  if (text.trim() === "") {
    throw new ClipboardError("empty");
  }
  const { [MARK]: version = VERSION, ...document } = marked(text);
  if (typeof version !== "number" || version > VERSION) {
    throw new ClipboardError("newer_version", glimpse(version));
  }
  const content = readDocument(document);
  const ids = new Set(content.nodes.map((node) => node.id));
  if (ids.size < content.nodes.length) {
    throw new ClipboardError("malformed", "duplicate_id");
  }
  if (ids.size === 0) {
    throw new ClipboardError("no_nodes");
  }
  return content;
}

function marked(text: string): Readonly<Record<string, unknown>> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new ClipboardError("foreign", glimpse(text));
  }
  if (isRecord(found) && (Object.hasOwn(found, MARK) || Array.isArray(found.nodes))) {
    return found;
  }
  throw new ClipboardError("foreign", glimpse(text));
}

function readDocument(document: unknown): Content {
  try {
    const { nodes, parameters, operations } = readGraph(document);
    return { nodes, parameters, operations };
  } catch (error) {
    if (error instanceof ShapeError) {
      throw new ClipboardError("malformed", error.message);
    }
    throw error;
  }
}
