import { type ConnectionLineComponentProps, getBezierPath, useConnection } from "@xyflow/react";
import { useCanvasRules } from "@/canvas/context";
import classes from "@/canvas/GraphCanvas.module.css";
import lines from "@/canvas/LinkLine.module.css";
import { gripOf } from "@/canvas/model";

/** The link that is being dragged. */
export function PullLine(props: ConnectionLineComponentProps) {
  const { fromX, fromY, fromPosition, toX, toY, toPosition, connectionStatus } = props;
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
  });
  return (
    <path
      className={lines.pull}
      d={path}
      data-verdict={connectionStatus === "invalid" ? "refused" : undefined}
    />
  );
}

/** Why it may not end where the pointer is. */
export function PullReason() {
  const { whyNot } = useCanvasRules();
  const pull = useConnection();
  if (!pull.inProgress || !pull.toHandle || pull.isValid) return null;
  const from = gripOf(pull.fromHandle.nodeId, pull.fromHandle.id ?? "");
  const to = gripOf(pull.toHandle.nodeId, pull.toHandle.id ?? "");
  const reason =
    from.node === to.node && from.port === to.port && from.side === to.side ? null : whyNot(from, to);
  if (reason === null) return null;
  return (
    <div
      className={classes.reason}
      role="status"
      style={{ left: pull.pointer.x + 16, top: pull.pointer.y + 14 }}
    >
      {reason}
    </div>
  );
}
