import { getBezierPath, type NodeHandle, ViewportPortal } from "@xyflow/react";
import { memo, useMemo } from "react";
import { handlesOf, sizeOf } from "@/canvas/geometry";
import { type CanvasLink, type CanvasNode, handlesOfLink } from "@/canvas/model";
import classes from "@/canvas/Overview.module.css";
import { colourToken } from "@/graph/types";
import { stateColor } from "@/ui/StateMark";

interface Props {
  nodes: readonly CanvasNode[];
  links: readonly CanvasLink[];
  selected: ReadonlySet<string>;
  onPick: (node: string) => void;
  onOpen: (node: string) => void;
}

/**
 * A large graph from far away: one drawing that moves as a whole, so that panning costs nothing for each node.
 * Names, ports and handles, which nobody could read or hit here, are left out.
 */
export const Overview = memo(function Overview({ nodes, links, selected, onPick, onOpen }: Props) {
  const paths = useMemo(() => pathsByColour(nodes, links), [nodes, links]);
  return (
    <ViewportPortal>
      <svg className={classes.overview} width={1} height={1} aria-hidden>
        {[...paths].map(([colour, path]) => (
          <path key={colour} className={classes.links} style={{ stroke: colour }} d={path} />
        ))}
        {nodes.map((card) => (
          <Box key={card.id} card={card} selected={selected.has(card.id)} onPick={onPick} onOpen={onOpen} />
        ))}
      </svg>
    </ViewportPortal>
  );
});

interface BoxProps extends Pick<Props, "onPick" | "onOpen"> {
  card: CanvasNode;
  selected: boolean;
}

const Box = memo(function Box({ card, selected, onPick, onOpen }: BoxProps) {
  const { width, height } = sizeOf(card);
  const { x, y } = card.position;
  const state = card.run?.state;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the outline tree does all of this by keyboard
    <g
      className={classes.box}
      data-selected={selected}
      data-issue={card.issue?.severity}
      data-state={state}
      style={state === undefined ? undefined : { "--state": stateColor(state) }}
      onClick={() => onPick(card.id)}
      onDoubleClick={() => onOpen(card.id)}
    >
      <rect x={x} y={y} width={width} height={height} rx={12} />
      <text x={x + 14} y={y + 36}>
        {card.title.length > 17 ? `${card.title.slice(0, 16)}…` : card.title}
      </text>
    </g>
  );
});

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
