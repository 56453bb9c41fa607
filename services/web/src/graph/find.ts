/** Search on the canvas: nodes by title, id, operation, comment and the values of their parameters. */

import { boundOutput, boundParameter } from "./bindings";
import { type Catalogue, type GraphDocument, type GraphNode, type Json, operationOf } from "./model";
import { titleOf } from "./outline";
import { formatValue } from "./values";

export type MatchField = "title" | "id" | "operation" | "comment" | "parameter";

export interface Match {
  readonly node: string;
  readonly title: string;
  /** Where the first word was found best. */
  readonly field: MatchField;
  /** Of a parameter. */
  readonly name?: string;
  readonly text: string;
  /** The place of the first word in `text`. */
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly field: MatchField;
  readonly name?: string;
  readonly text: string;
}

interface Hit {
  readonly place: Place;
  readonly start: number;
  readonly score: number;
}

const WEIGHT: Readonly<Record<MatchField, number>> = {
  title: 0,
  id: 1,
  operation: 2,
  comment: 3,
  parameter: 4,
};
const NOT_AT_A_WORD = 10;

/** Every word must be found somewhere in a node; best first, otherwise in the graph's order. */
export function find(graph: GraphDocument, catalogue: Catalogue, query: string): Match[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return [];
  }
  const scored = graph.nodes.flatMap((node) => {
    const all = places(graph, catalogue, node);
    const hits = words.flatMap((word) => bestHit(all, word) ?? []);
    const [first] = hits;
    if (!first || hits.length < words.length) {
      return [];
    }
    const score = hits.reduce((sum, hit) => sum + hit.score, 0);
    const { place, start } = first;
    const end = start + (words[0]?.length ?? 0);
    const match: Match = { node: node.id, title: all[0]?.text ?? node.id, ...place, start, end };
    return [{ match, score }];
  });
  return scored.sort((one, other) => one.score - other.score).map(({ match }) => match);
}

/** The title comes first. */
function places(graph: GraphDocument, catalogue: Catalogue, node: GraphNode): Place[] {
  const operation = operationOf(graph, catalogue, node);
  const values = Object.entries(node.parameters).map(
    ([name, value]): Place => ({ field: "parameter", name, text: shownValue(value) }),
  );
  return [
    { field: "title", text: titleOf(node, operation) },
    { field: "id", text: node.id },
    { field: "operation", text: node.operation },
    { field: "operation", text: operation?.title ?? "" },
    { field: "comment", text: node.comment },
    ...values,
  ];
}

/** A binding by what it is bound to. */
function shownValue(value: Json): string {
  const source = boundOutput(value);
  return boundParameter(value) ?? (source ? `${source.node}.${source.output}` : formatValue("", value));
}

function bestHit(all: readonly Place[], word: string): Hit | null {
  const hits = all.flatMap((place): Hit[] => {
    const text = place.text.toLowerCase();
    const start = text.indexOf(word);
    if (start < 0 || text.length !== place.text.length) {
      // Letters that grow when they are made small (İ) would put the mark beside the word.
      return start < 0 ? [] : [{ place, start: 0, score: WEIGHT[place.field] + NOT_AT_A_WORD }];
    }
    const atWord = start === 0 || /[^\p{L}\p{N}]/u.test(text.charAt(start - 1));
    return [{ place, start, score: WEIGHT[place.field] + (atWord ? 0 : NOT_AT_A_WORD) }];
  });
  return hits.sort((one, other) => one.score - other.score)[0] ?? null;
}
