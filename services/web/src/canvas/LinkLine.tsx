import { type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import classes from "@/canvas/LinkLine.module.css";
import type { LinkEdge } from "@/canvas/reactFlow";
import { colourToken } from "@/graph/types";

/** Ports that are only seen while one draws: their links begin and end below the card, not before it. */
const UNDER = 10;

/** A link in the colour of what flows through it; order only is dashed, a bound parameter dotted. */
export const LinkLine = memo(function LinkLine({ id, data, selected, ...ends }: EdgeProps<LinkEdge>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition } = ends;
  const link = data?.link;
  const [path] = getBezierPath({
    sourceX: link?.kind === "order" ? sourceX - UNDER : sourceX,
    sourceY,
    sourcePosition,
    targetX: link?.kind === "data" ? targetX : targetX + UNDER,
    targetY,
    targetPosition,
  });
  const colour = link?.kind === "order" ? "--line-strong" : colourToken(link?.type ?? "");
  return (
    <g
      className={classes.link}
      data-kind={link?.kind}
      data-selected={selected}
      data-active={link?.active}
      style={{ "--link": `var(${colour})` }}
    >
      <path className={classes.reach} d={path} />
      <path id={id} className={classes.line} d={path} />
    </g>
  );
});
