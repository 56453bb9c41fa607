/** A new node of an operation, wherever it comes from: the library, or a link that was dropped on the empty canvas. */

import { type Batch, batch } from "./commands";
import type { Fitting } from "./fitting";
import { DEFAULT_SIZE, GRID, snap } from "./layout";
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
  return readNode({ id, operation: reference, position: snap(at) });
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

const STEP = DEFAULT_SIZE.width + 2 * GRID;

/** The nearest place to the right that no other node covers. */
export function freePlace(graph: GraphDocument, { x, y }: Position): Position {
  const places = graph.nodes.flatMap(({ position }) => position ?? []);
  const isTaken = (place: Position) =>
    places.some(
      (other) =>
        Math.abs(other.x - place.x) < DEFAULT_SIZE.width && Math.abs(other.y - place.y) < DEFAULT_SIZE.height,
    );
  let place = { x, y };
  while (isTaken(place)) place = { x: place.x + STEP, y };
  return place;
}
