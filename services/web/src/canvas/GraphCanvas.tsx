import "@xyflow/react/dist/base.css";
import {
  Background,
  type Connection,
  type NodeChange,
  type OnConnectEnd,
  ReactFlow,
  SelectionMode,
  useStore,
} from "@xyflow/react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { ZOOM } from "@/canvas/bounds";
import { CanvasControls } from "@/canvas/CanvasControls";
import { useCards } from "@/canvas/CanvasProvider";
import { CanvasContext } from "@/canvas/context";
import classes from "@/canvas/GraphCanvas.module.css";
import { LinkLine } from "@/canvas/LinkLine";
import { type CanvasLink, type CanvasNode, type Grip, gripOf } from "@/canvas/model";
import { NodeCard } from "@/canvas/NodeCard";
import { Overview } from "@/canvas/Overview";
import { OverviewMap } from "@/canvas/OverviewMap";
import { PullLine, PullReason } from "@/canvas/Pull";
import { Arrays, type CardNode, type LinkEdge } from "@/canvas/reactFlow";
import { useCanvas } from "@/canvas/useCanvas";
import { useFirstView } from "@/canvas/useFirstView";
import { useGlide } from "@/canvas/useGlide";
import { useSelection } from "@/canvas/useSelection";
import { GRID } from "@/graph/layout";
import type { Position } from "@/graph/model";

export { CanvasProvider } from "@/canvas/CanvasProvider";

export interface GraphCanvasProps {
  nodes: readonly CanvasNode[];
  links: readonly CanvasLink[];
  /** Ids of nodes and of links. */
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  readOnly?: boolean;
  /** Of nodes that were dragged, or pushed by the arrow keys. */
  onMove?: (positions: ReadonlyMap<string, Position>, how: "drag" | "keys") => void;
  onLink?: (from: Grip, to: Grip) => void;
  /** In words; `null`: the link may be made. */
  whyNot?: (one: Grip, other: Grip) => string | null;
  /** A link was let go over the empty canvas. */
  onDropLink?: (from: Grip, at: Position, pointer: Position) => void;
  onOpen?: (node: string) => void;
  onMenu?: (node: string | null, pointer: Position) => void;
  /** Whenever it is another one, nodes glide to their new places. */
  glide?: unknown;
  label: string;
  children?: ReactNode;
}

const NODE_TYPES = { card: NodeCard };
const EDGE_TYPES = { link: LinkLine };
const FAR = 0.45;
const FARTHER = 0.3;
/** With more nodes than these, what is far away is drawn as one picture. */
const LARGE = 120;
const never = () => null;
type Positions = ReadonlyMap<string, Position>;

export function GraphCanvas(props: GraphCanvasProps) {
  const { nodes, links, selected, readOnly = false, whyNot = never, glide, children } = props;
  const [arrays] = useState(() => new Arrays());
  const [dragged, setDragged] = useState<Positions | null>(null);
  const [map, setMap] = useState(true);
  const gliding = useGlide(nodes, glide);
  const canvas = useCanvas();
  const select = useSelection(selected, props.onSelect);
  const shifted = dragged ?? gliding;
  const frame = useRef<HTMLElement>(null);
  const first = useFirstView(frame, nodes);
  const [isReady, setReady] = useState(false);
  // Until React Flow has taken the first view over, its own zoom is 1: all cards would be drawn for nothing.
  const zoom = useStore(({ transform }) => (transform[2] < FAR ? FAR / 2 : FAR));
  const isOverview = nodes.length > LARGE && (isReady ? zoom : (first?.zoom ?? 1)) < FAR;
  const flowNodes = useMemo(
    () => (isOverview ? [] : arrays.nodes(nodes, selected, shifted)),
    [arrays, nodes, selected, shifted, isOverview],
  );
  const flowEdges = useMemo(
    () => (isOverview ? [] : arrays.edges(links, selected)),
    [arrays, links, selected, isOverview],
  );
  const cards = useCards();
  cards.current = nodes;
  const rules = useMemo(() => ({ readOnly, whyNot }), [readOnly, whyNot]);
  const linked = useRef(false);

  function change(changes: NodeChange<CardNode>[]): void {
    select(changes);
    const moves = changes.flatMap((one) => (one.type === "position" && one.position ? [one] : []));
    const places = new Map(moves.flatMap(({ id, position }) => (position ? [[id, position]] : [])));
    if (places.size === 0) return;
    // Of keys there is one change, complete; of a drag there are many, and `stop` after the last.
    if (moves.some(({ dragging }) => dragging)) setDragged((known) => new Map([...(known ?? []), ...places]));
    else if (dragged === null) props.onMove?.(places, "keys");
  }
  function stop(): void {
    if (dragged !== null) props.onMove?.(dragged, "drag");
    setDragged(null);
  }
  const dropped: OnConnectEnd = (event, { fromHandle, toHandle, fromNode }) => {
    const isTaken = linked.current || toHandle !== null;
    linked.current = false;
    const onCanvas = event.target instanceof Element && event.target.classList.contains("react-flow__pane");
    if (isTaken || !onCanvas || !fromHandle || !fromNode) return;
    const { clientX: x, clientY: y } =
      "changedTouches" in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
    props.onDropLink?.(gripOf(fromNode.id, fromHandle.id ?? ""), canvas.toDocument({ x, y }), { x, y });
  };
  const ends = ({ source, sourceHandle, target, targetHandle }: Connection | LinkEdge) =>
    [gripOf(source, sourceHandle ?? ""), gripOf(target, targetHandle ?? "")] as const;

  return (
    <CanvasContext value={rules}>
      <section ref={frame} className={classes.canvas} aria-label={props.label}>
        {first && (
          <ReactFlow<CardNode, LinkEdge>
            nodes={flowNodes}
            edges={flowEdges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            onNodesChange={change}
            onEdgesChange={select}
            onNodeDragStop={stop}
            onSelectionDragStop={stop}
            onConnect={(connection) => {
              linked.current = true;
              props.onLink?.(...ends(connection));
            }}
            onConnectEnd={dropped}
            isValidConnection={(connection) => whyNot(...ends(connection)) === null}
            connectionLineComponent={PullLine}
            connectionRadius={26}
            onNodeDoubleClick={(_, { id }) => props.onOpen?.(id)}
            onNodeContextMenu={(event, { id }) => menu(event, id)}
            onPaneContextMenu={(event) => menu(event, null)}
            nodesDraggable={!readOnly}
            nodesConnectable={!readOnly}
            deleteKeyCode={null}
            zoomOnDoubleClick={false}
            selectionMode={SelectionMode.Partial}
            multiSelectionKeyCode={["Shift", "Control", "Meta"]}
            panActivationKeyCode="Space"
            elevateNodesOnSelect={false}
            snapToGrid={!readOnly}
            snapGrid={[GRID, GRID]}
            minZoom={ZOOM.least}
            maxZoom={ZOOM.most}
            defaultViewport={first}
            onInit={() => setReady(true)}
            onlyRenderVisibleElements
            nodeDragThreshold={3}
          >
            <Background gap={GRID} size={1.6} color="var(--canvas-dot)" />
            <Distance />
            <CanvasControls map={map} toggleMap={() => setMap(!map)} />
            {map && nodes.length > 0 && <OverviewMap nodes={nodes} selected={selected} />}
            {isOverview && (
              <Overview
                {...{ nodes, links, selected }}
                onPick={(id) => props.onSelect(new Set([id]))}
                onOpen={(id) => canvas.reveal([id])}
              />
            )}
            <PullReason />
            {children}
          </ReactFlow>
        )}
      </section>
    </CanvasContext>
  );

  function menu(
    event: { preventDefault: () => void; clientX: number; clientY: number } | MouseEvent,
    id: string | null,
  ) {
    if (!props.onMenu) return;
    event.preventDefault();
    props.onMenu(id, { x: event.clientX, y: event.clientY });
  }
}

/** Marks the canvas when names are too small to be read; one attribute, so that no card is drawn anew. */
function Distance() {
  const distance = useStore(({ transform: [, , zoom] }) =>
    zoom < FARTHER ? "farther" : zoom < FAR ? "far" : "near",
  );
  const node = useStore(({ domNode }) => domNode);
  node?.setAttribute("data-distance", distance);
  return null;
}
