import { getBezierPath, type NodeHandle, useStore, ViewportPortal } from "@xyflow/react";
import { type MouseEvent, memo, useMemo } from "react";
import { handlesOf, sizeOf } from "@/canvas/geometry";
import { type CanvasLink, type CanvasNode, handlesOfLink } from "@/canvas/model";
import classes from "@/canvas/Overview.module.css";
import { useCanvas } from "@/canvas/useCanvas";
import type { Position } from "@/graph/model";
import { colourToken } from "@/graph/types";
import { stateColor } from "@/ui/StateMark";

interface Props {
  nodes: readonly CanvasNode[];
  links: readonly CanvasLink[];
  selected: ReadonlySet<string>;
  onPick: (node: string) => void;
  onOpen: (node: string) => void;
}

/** Below this, titles are no letters any more. */
const LEGIBLE = 0.2;

/**
 * A large graph from far away: one drawing of a few paths that moves as a whole, so that neither painting nor panning
 * costs anything for each node. Names, ports and handles, which nobody could read or hit here, are left out.
 */
export const Overview = memo(function Overview({ nodes, links, selected, onPick, onOpen }: Props) {
  const canvas = useCanvas();
  const isLegible = useStore(({ transform }) => transform[2] >= LEGIBLE);
  const paths = useMemo(() => pathsByColour(nodes, links), [nodes, links]);
  const boxes = useMemo(() => boxesByLook(nodes, selected), [nodes, selected]);
  const at = ({ clientX: x, clientY: y }: MouseEvent) => cardAt(nodes, canvas.toDocument({ x, y }))?.id;
  return (
    <ViewportPortal>
      <svg className={classes.overview} width={1} height={1} aria-hidden>
        {[...paths].map(([colour, path]) => (
          <path key={colour} className={classes.links} style={{ stroke: colour }} d={path} />
        ))}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the outline tree does all of this by keyboard */}
        <g
          className={classes.boxes}
          onClick={(event) => {
            const id = at(event);
            if (id !== undefined) onPick(id);
          }}
          onDoubleClick={(event) => {
            const id = at(event);
            if (id !== undefined) onOpen(id);
          }}
        >
          {[...boxes].map(([look, path]) => {
            const [kind, state] = look.split(" ");
            const colour = state ? { "--state": stateColor(state) } : undefined;
            return <path key={look} data-look={kind} style={colour} d={path} />;
          })}
          {isLegible && <Titles nodes={nodes} />}
        </g>
      </svg>
    </ViewportPortal>
  );
});

const Titles = memo(function Titles({ nodes }: { nodes: readonly CanvasNode[] }) {
  return nodes.map(({ id, title, position: { x, y } }) => (
    <text key={id} x={x + 14} y={y + 36}>
      {title.length > 17 ? `${title.slice(0, 16)}…` : title}
    </text>
  ));
});

/** One path of many rectangles for each look: chosen before wrong, wrong before its state. */
function boxesByLook(nodes: readonly CanvasNode[], selected: ReadonlySet<string>): Map<string, string> {
  const pieces = new Map<string, string[]>();
  for (const card of nodes) {
    const { width, height } = sizeOf(card);
    const { x, y } = card.position;
    const look = lookOf(card, selected.has(card.id));
    const known = pieces.get(look);
    const piece = `M${x} ${y}h${width}v${height}h${-width}z`;
    if (known) known.push(piece);
    else pieces.set(look, [piece]);
  }
  return new Map([...pieces].map(([look, all]) => [look, all.join("")]));
}

function lookOf({ run, issue }: CanvasNode, isSelected: boolean): string {
  if (isSelected) return "selected";
  if (issue?.severity === "error") return "wrong";
  return run ? `state ${run.state}` : "plain";
}

function cardAt(nodes: readonly CanvasNode[], { x, y }: Position): CanvasNode | undefined {
  return nodes.findLast((card) => {
    const { width, height } = sizeOf(card);
    const [left, top] = [card.position.x, card.position.y];
    return x >= left && x <= left + width && y >= top && y <= top + height;
  });
}

interface Placed {
  readonly card: CanvasNode;
  readonly handles: readonly NodeHandle[];
}

/** One path of many pieces for each colour. */
function pathsByColour(nodes: readonly CanvasNode[], links: readonly CanvasLink[]): Map<string, string> {
  const cards = new Map(nodes.map((card) => [card.id, { card, handles: handlesOf(card) }]));
  const pieces = new Map<string, string[]>();
  for (const link of links) {
    const path = pathOf(link, cards);
    const colour = `var(${link.kind === "order" ? "--line-strong" : colourToken(link.type)})`;
    pieces.set(colour, pieces.get(colour) ?? []);
    pieces.get(colour)?.push(path);
  }
  return new Map([...pieces].map(([colour, all]) => [colour, all.join("")]));
}

function pathOf(link: CanvasLink, cards: ReadonlyMap<string, Placed>): string {
  const [out, into] = handlesOfLink(link);
  const source = middle(cards.get(link.from), out);
  const target = middle(cards.get(link.to), into);
  if (!source || !target) return "";
  const [path] = getBezierPath({
    ...{ sourceX: source.x, sourceY: source.y, sourcePosition: source.side },
    ...{ targetX: target.x, targetY: target.y, targetPosition: target.side },
  });
  return path;
}

function middle(placed: Placed | undefined, id: string) {
  const handle = placed?.handles.find((found) => found.id === id);
  if (!placed || !handle) return null;
  const { card } = placed;
  const { x, y, width = 0, height = 0, position: side } = handle;
  return { x: card.position.x + x + width / 2, y: card.position.y + y + height / 2, side };
}
