/** Sizes of cards and places of their ports, known without a look at the page: what is out of sight costs nothing. */

import { type NodeHandle, Position as Side } from "@xyflow/react";
import { AFTER, BEFORE, type CanvasNode, handleOf } from "@/canvas/model";
import type { Size } from "@/graph/layout";

export const CARD = {
  width: 240,
  header: 52,
  row: 24,
  parameter: 22,
  padding: 6,
  foot: 28,
  border: 1,
  handle: 12,
} as const;

/** In the same order as `NodeCard` puts its parts below each other. */
export function sizeOf(node: CanvasNode): Size {
  const { ports, parameters } = parts(node);
  const foot = node.run || node.plan ? CARD.foot : 0;
  return { width: CARD.width, height: 2 * CARD.border + CARD.header + ports + parameters + foot };
}

function parts(node: CanvasNode): { ports: number; parameters: number } {
  const rows = Math.max(node.inputs.length, node.outputs.length);
  const lines = node.parameters.length + (node.hiddenParameters > 0 ? 1 : 0);
  return {
    ports: rows === 0 ? 0 : rows * CARD.row + 2 * CARD.padding,
    parameters: lines === 0 ? 0 : lines * CARD.parameter + 2 * CARD.padding,
  };
}

export function handlesOf(node: CanvasNode): NodeHandle[] {
  const top = CARD.border + CARD.header + CARD.padding;
  const below = CARD.border + CARD.header + parts(node).ports + CARD.padding;
  return [
    handle(AFTER, "target", CARD.border + CARD.header / 2),
    handle(BEFORE, "source", CARD.border + CARD.header / 2),
    ...node.inputs.map((port, row) =>
      handle(handleOf("input", port.name), "target", top + (row + 0.5) * CARD.row),
    ),
    ...node.outputs.map((port, row) =>
      handle(handleOf("output", port.name), "source", top + (row + 0.5) * CARD.row),
    ),
    ...node.parameters.map((parameter, row) =>
      handle(handleOf("parameter", parameter.name), "target", below + (row + 0.5) * CARD.parameter),
    ),
  ];
}

function handle(id: string, type: "source" | "target", middle: number): NodeHandle {
  const half = CARD.handle / 2;
  return {
    id,
    type,
    position: type === "target" ? Side.Left : Side.Right,
    x: (type === "target" ? 0 : CARD.width) - half,
    y: middle - half,
    width: CARD.handle,
    height: CARD.handle,
  };
}
