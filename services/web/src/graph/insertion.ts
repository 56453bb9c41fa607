/** A new node of an operation, wherever it comes from: the library, or a link that was dropped on the empty canvas. */

import { type Batch, batch } from "./commands";
import type { Fitting } from "./fitting";
import { snap } from "./layout";
import {
  freshNodeId,
  type GraphDocument,
  type GraphNode,
  type InputRef,
  type Operation,
  type OutputRef,
  type Position,
  readNode,
} from "./model";

/** `reference`: as nodes name the operation. */
export function newNode(
  graph: GraphDocument,
  reference: string,
  operation: Operation,
  at: Position,
): GraphNode {
  const id = freshNodeId(graph, operation.name);
  return readNode({ id, operation: reference, position: snap(freePlace(graph, at)) });
}

export type Held = { readonly output: OutputRef } | { readonly input: InputRef };

/** A node with the link that was looking for it, as one step. */
export function insertLinked(graph: GraphDocument, fitting: Fitting, held: Held, at: Position): Batch {
  const { reference, operation, port } = fitting;
  const node = newNode(graph, reference, operation, at);
  const ends =
    "output" in held
      ? { from: held.output, to: { node: node.id, input: port } }
      : { from: { node: node.id, output: port }, to: held.input };
  const label = { key: "command.insert", params: { name: operation.title || operation.name } } as const;
  return batch(label, [
    { type: "addNodes", nodes: [node] },
    { type: "addLink", ...ends },
  ]);
}

const STEP = 40;

/** Beside what stands exactly there already: nothing is put on top of something else unseen. */
function freePlace(graph: GraphDocument, { x, y }: Position): Position {
  const taken = new Set(graph.nodes.flatMap(({ position }) => (position ? [placeKey(position)] : [])));
  for (let place = { x, y }; ; place = { x: place.x + STEP, y: place.y + STEP }) {
    if (!taken.has(placeKey(snap(place)))) return place;
  }
}

function placeKey({ x, y }: Position): string {
  return `${x} ${y}`;
}
