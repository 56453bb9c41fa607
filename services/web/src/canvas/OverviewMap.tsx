import { Panel, useStore } from "@xyflow/react";
import { memo, type PointerEvent, useMemo } from "react";
import { boundsOf } from "@/canvas/bounds";
import classes from "@/canvas/GraphCanvas.module.css";
import { sizeOf } from "@/canvas/geometry";
import type { CanvasNode } from "@/canvas/model";
import { useCanvas } from "@/canvas/useCanvas";
import type { Rectangle } from "@/graph/layout";
import { useTexts } from "@/i18n";
import { stateColor } from "@/ui/StateMark";

const SIZE = { width: 168, height: 112 };

interface Props {
  nodes: readonly CanvasNode[];
  selected: ReadonlySet<string>;
}

/** All nodes, and the part that is seen: drag it to look elsewhere. */
export function OverviewMap({ nodes, selected }: Props) {
  const t = useTexts();
  const canvas = useCanvas();
  const bounds = useMemo(() => padded(boundsOf(nodes) ?? { x: 0, y: 0, width: 800, height: 600 }), [nodes]);
  function look(event: PointerEvent<SVGSVGElement>): void {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const matrix = event.currentTarget.getScreenCTM()?.inverse();
    if (matrix) canvas.centre(new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix));
  }
  return (
    <Panel position="bottom-right" className={classes.map}>
      <svg
        {...SIZE}
        viewBox={`${bounds.x} ${bounds.y} ${bounds.width} ${bounds.height}`}
        role="img"
        aria-label={t("canvas.map")}
        onPointerDown={look}
        onPointerMove={look}
      >
        <Boxes nodes={nodes} selected={selected} />
        <Seen />
      </svg>
    </Panel>
  );
}

const Boxes = memo(function Boxes({ nodes, selected }: Props) {
  const paths = new Map<string, string>();
  for (const card of nodes) {
    const state = card.run ? stateColor(card.run.state) : "var(--line-strong)";
    const colour = selected.has(card.id) ? "var(--accent)" : state;
    const { width, height } = sizeOf(card);
    const { x, y } = card.position;
    paths.set(colour, `${paths.get(colour) ?? ""}M${x} ${y}h${width}v${height}h${-width}z`);
  }
  return [...paths].map(([colour, path]) => <path key={colour} d={path} fill={colour} />);
});

function Seen() {
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width / state.transform[2]);
  const height = useStore((state) => state.height / state.transform[2]);
  return <rect className={classes.seen} x={-x / zoom} y={-y / zoom} width={width} height={height} />;
}

function padded({ x, y, width, height }: Rectangle): Rectangle {
  const margin = 0.08 * Math.max(width, height) + 80;
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
}
