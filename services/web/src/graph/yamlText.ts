/** YAML as the platform reads it: what JSON can say, with the line of every value. */

import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { pointer } from "./pointers";
import { glimpse } from "./refusals";
import { isTooLarge, kindOf, plainValue } from "./yamlScalars";

const LONGEST_DOCUMENT = 8 * 1024 * 1024;
const DEEPEST_NESTING = 64;
const MOST_VALUES = 1_000_000;
const TAG = "tag:yaml.org,2002:";

export type YamlReason =
  | "syntax"
  | "too_long"
  | "empty"
  | "second_document"
  | "duplicate_key"
  | "key_is_no_text"
  | "unknown_alias"
  | "tag"
  | "too_deep"
  | "too_many_values"
  | "number_too_large";

export class YamlError extends Error {
  readonly reason: YamlReason;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** What the parser says, or the thing that is wrong. */
  readonly detail: string;

  constructor(reason: YamlReason, line: number, column: number, detail = "") {
    super(`line ${line}, column ${column}: ${reason}${detail && `: ${detail}`}`);
    this.name = "YamlError";
    this.reason = reason;
    this.line = line;
    this.column = column;
    this.detail = detail;
  }
}

export interface YamlDocument {
  readonly value: unknown;
  /** Of the value at a JSON pointer, or of what is nearest around it; from 1. */
  readonly lineOf: (path: string) => number;
}

/** Throws `YamlError`. */
export function readYaml(text: string): YamlDocument {
  if (text.length > LONGEST_DOCUMENT) {
    throw new YamlError("too_long", 1, 1, String(text.length));
  }
  const counter = new LineCounter();
  const documents = parsed(text, counter);
  const [document, second] = documents;
  for (const error of documents.flatMap((found) => found.errors)) {
    const { line, col } = counter.linePos(error.pos[0]);
    const [detail = ""] = error.message.split(/ at line [0-9]+|\n/);
    throw new YamlError(OPENED.test(text) ? "too_deep" : "syntax", line, col, detail);
  }
  if (second) {
    const { line, col } = counter.linePos(second.range?.[0] ?? 0);
    throw new YamlError("second_document", line, col);
  }
  const reader = new Reader(counter);
  const value = document?.contents ? reader.read(document.contents, "", 0).value : undefined;
  if (value === undefined) {
    throw new YamlError("empty", 1, 1);
  }
  return { value, lineOf: (path) => lineOf(reader.lines, path) };
}

/** More lists in each other than may be: the parser gives up at another place. */
const OPENED = new RegExp(`(?:[[{]\\s*){${DEEPEST_NESTING + 1}}`);

function parsed(text: string, lineCounter: LineCounter) {
  try {
    // Scalars stay text: they are read below, as the platform does it.
    const found = parseAllDocuments<Node, true>(text, { schema: "failsafe", uniqueKeys: false, lineCounter });
    return Array.isArray(found) ? found : [];
  } catch (error) {
    if (error instanceof RangeError) {
      throw new YamlError("too_deep", 1, 1);
    }
    throw error;
  }
}

function lineOf(lines: ReadonlyMap<string, number>, path: string): number {
  let place = path;
  while (place !== "" && !lines.has(place)) {
    place = place.slice(0, place.lastIndexOf("/"));
  }
  return lines.get(place) ?? 1;
}

interface Found {
  readonly value: unknown;
  /** Values in it, aliases written out. */
  readonly size: number;
}

class Reader {
  readonly lines = new Map<string, number>();
  readonly #counter: LineCounter;
  readonly #anchors = new Map<string, Found>();

  constructor(counter: LineCounter) {
    this.#counter = counter;
  }

  read(node: Node | null, path: string, depth: number): Found {
    this.lines.set(path, this.#place(node).line);
    if (node === null) {
      return { value: null, size: 1 };
    }
    if (isAlias(node)) {
      return this.#alias(node);
    }
    const found = isScalar(node)
      ? { value: this.#scalar(node), size: 1 }
      : this.#collection(node, path, depth);
    const { anchor } = node as { anchor?: string };
    if (anchor) {
      this.#anchors.set(anchor, found);
    }
    return found;
  }

  #place(node: Node | null): { line: number; col: number } {
    return this.#counter.linePos(node?.range?.[0] ?? 0);
  }

  #refuse(reason: YamlReason, node: Node | null, detail = ""): YamlError {
    const { line, col } = this.#place(node);
    return new YamlError(reason, line, col, detail);
  }

  #alias(node: Alias): Found {
    const found = this.#anchors.get(node.source);
    if (!found) {
      throw this.#refuse("unknown_alias", node, node.source);
    }
    return found;
  }

  #collection(node: Node, path: string, depth: number): Found {
    const { tag } = node;
    if (tag && ![`${TAG}map`, `${TAG}seq`, "!"].includes(tag)) {
      throw this.#refuse("tag", node, tag);
    }
    if (depth >= DEEPEST_NESTING) {
      throw this.#refuse("too_deep", node);
    }
    const found = isMap(node)
      ? this.#map(node as YAMLMap<Node, Node | null>, path, depth + 1)
      : this.#list(node as YAMLSeq<Node>, path, depth + 1);
    if (found.size > MOST_VALUES) {
      throw this.#refuse("too_many_values", node);
    }
    return found;
  }

  #list(node: YAMLSeq<Node>, path: string, depth: number): Found {
    const items = node.items.map((item, index) => this.read(item, path + pointer(index), depth));
    return { value: items.map((item) => item.value), size: sizeOf(items) };
  }

  #map(node: YAMLMap<Node, Node | null>, path: string, depth: number): Found {
    const entries = new Map<string, Found>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key)) {
        throw this.#refuse("key_is_no_text", key ?? node);
      }
      // A key is a name, whatever it looks like.
      const name = String(key.value ?? "");
      if (entries.has(name)) {
        throw this.#refuse("duplicate_key", key, glimpse(name));
      }
      entries.set(name, this.read(value, path + pointer(name), depth));
      this.lines.set(path + pointer(name), this.#place(value?.range ? value : key).line);
    }
    const values = [...entries].map(([name, found]) => [name, found.value]);
    return { value: Object.fromEntries(values), size: sizeOf([...entries.values()]) };
  }

  #scalar(node: Scalar): unknown {
    const text = String(node.value ?? "");
    const { tag } = node;
    const plain = node.type === undefined || node.type === Scalar.PLAIN;
    if (tag === undefined) {
      return plain ? this.#plain(text, node) : text;
    }
    if (tag === `${TAG}str` || tag === "!") {
      return text;
    }
    const value = this.#plain(text, node);
    if (TAG + kindOf(value) !== tag) {
      throw this.#refuse("tag", node, tag);
    }
    return value;
  }

  #plain(text: string, node: Scalar): unknown {
    const value = plainValue(text);
    if (isTooLarge(text, value)) {
      throw this.#refuse("number_too_large", node, glimpse(text));
    }
    return value;
  }
}

function sizeOf(items: readonly Found[]): number {
  return items.reduce((sum, item) => sum + item.size, 1);
}
