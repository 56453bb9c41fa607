/** What toolbars, shortcuts and menus do: each of them one step. */

import { cardSizes } from "@/canvas/derive";
import type { Canvas } from "@/canvas/useCanvas";
import { act, type Editor, graphOf, say, select } from "@/editor/store";
import { addedIds, ClipboardError, copy, duplicate, paste } from "@/graph/clipboard";
import { batch, type Command, type Label } from "@/graph/commands";
import { freePlace, newNode } from "@/graph/insertion";
import {
  type Alignment,
  align,
  DEFAULT_SIZE,
  distribute,
  layOut,
  type Positions,
  type Rectangle,
} from "@/graph/layout";
import { type Link, links } from "@/graph/links";
import { nodeOf, type Position } from "@/graph/model";
import { t, textOr } from "@/i18n";

export function selectedNodes(editor: Editor): string[] {
  const graph = graphOf(editor);
  return [...editor.getState().selected].filter((id) => nodeOf(graph, id) !== undefined);
}

export function insert(editor: Editor, reference: string, at: Position): void {
  const { catalogue } = editor.getState();
  const graph = graphOf(editor);
  const operation = graph.operations[reference] ?? catalogue.get(reference);
  if (!operation) return;
  const node = newNode(graph, reference, operation, at);
  const label = { key: "command.insert", params: { name: operation.title || operation.name } } as const;
  act(editor, batch(label, [{ type: "addNodes", nodes: [node] }]), { select: [node.id] });
}

/** In the middle of what is seen, beside what stands there already. */
export function insertSeen(editor: Editor, reference: string, canvas: Canvas): void {
  const { x, y } = canvas.middle();
  const { width, height } = DEFAULT_SIZE;
  insert(editor, reference, freePlace(graphOf(editor), { x: x - width / 2, y: y - height / 2 }));
  requestAnimationFrame(() => canvas.reveal(editor.getState().selected));
}

/** Nodes with their links, and links alone. */
export function removeSelected(editor: Editor): void {
  const { selected } = editor.getState();
  const nodes = new Set(selectedNodes(editor));
  const chosen = links(graphOf(editor)).filter(({ id }) => selected.has(id));
  const cut = chosen.filter((link) => !ends(link).some((id) => nodes.has(id))).map(removal);
  const commands: Command[] = nodes.size > 0 ? [...cut, { type: "removeNodes", ids: [...nodes] }] : cut;
  if (commands.length > 0)
    act(editor, batch({ key: "command.delete", params: {} }, commands), { select: [] });
}

export function removal(link: Link): Command {
  if (link.kind === "order") return { type: "removeOrderLink", from: link.from, to: link.to };
  if (link.kind === "data") return { type: "removeLink", from: link.from, to: link.to, at: link.index };
  return { type: "clearParameter", node: link.to.node, name: link.to.parameter };
}

function ends(link: Link): string[] {
  return link.kind === "order" ? [link.from, link.to] : [link.from.node, link.to.node];
}

export async function copySelected(editor: Editor): Promise<boolean> {
  const ids = selectedNodes(editor);
  if (ids.length === 0) return false;
  const text = copy(graphOf(editor), ids, editor.getState().catalogue);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    say(editor, t("clipboard.denied"), "bad");
    return false;
  }
  say(editor, t("editor.copied", { count: ids.length }));
  return true;
}

export async function cutSelected(editor: Editor): Promise<void> {
  if (await copySelected(editor)) removeSelected(editor);
}

export async function pasteInto(editor: Editor, at: Position): Promise<void> {
  let text: string;
  try {
    text = await navigator.clipboard.readText();
  } catch {
    say(editor, t("clipboard.denied"), "bad");
    return;
  }
  pasteText(editor, text, at);
}

export function pasteText(editor: Editor, text: string, at: Position): void {
  try {
    const command = paste(graphOf(editor), text, at);
    act(editor, command, { select: addedIds(command) });
  } catch (error) {
    if (!(error instanceof ClipboardError)) throw error;
    say(editor, textOr(`clipboard.${error.code}`, error.message, { holds: error.holds }), "bad");
  }
}

export function duplicateSelected(editor: Editor): void {
  const command = duplicate(graphOf(editor), selectedNodes(editor), editor.getState().catalogue);
  if (command) act(editor, command, { select: addedIds(command) });
}

export function selectAll(editor: Editor): void {
  select(
    editor,
    graphOf(editor).nodes.map(({ id }) => id),
  );
}

/** All of the graph; or, of two and more that are selected, only these. */
export function arrange(editor: Editor): void {
  const ids = selectedNodes(editor);
  const graph = graphOf(editor);
  const sizes = cardSizes(graph, editor.getState().catalogue);
  move(editor, layOut(graph, sizes, ids.length > 1 ? new Set(ids) : undefined), "command.arrange");
}

export function alignSelected(editor: Editor, how: Alignment): void {
  move(editor, align(rectangles(editor), how), "command.align");
}

export function distributeSelected(editor: Editor, direction: "horizontal" | "vertical"): void {
  move(editor, distribute(rectangles(editor), direction), "command.distribute");
}

function move(editor: Editor, positions: Positions, key: Label["key"]): void {
  const label = { key, params: { count: positions.size } };
  act(editor, batch(label, [{ type: "moveNodes", positions }]), { glide: true });
}

function rectangles(editor: Editor): Map<string, Rectangle> {
  const chosen = new Set(selectedNodes(editor));
  const graph = graphOf(editor);
  const sizes = cardSizes(graph, editor.getState().catalogue);
  return new Map(
    graph.nodes.flatMap(({ id, position }) =>
      chosen.has(id) && position ? [[id, { ...position, ...(sizes.get(id) ?? DEFAULT_SIZE) }] as const] : [],
    ),
  );
}

/** Shows a node on the canvas and its properties beside it. */
export function goTo(editor: Editor, canvas: Canvas, id: string): void {
  select(editor, [id]);
  canvas.reveal([id]);
}
