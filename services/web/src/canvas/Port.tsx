import { Handle, Position as Side } from "@xyflow/react";
import { type Grip, handleOf } from "@/canvas/model";
import classes from "@/canvas/NodeCard.module.css";
import { colourToken } from "@/graph/types";

interface Props {
  grip: Grip;
  /** Empty: no type, as the ends of order-only links. */
  types: readonly string[];
  hint: string;
  connectable: boolean;
  /** Why the link that is being dragged may not end here; `null`: it may; `undefined`: none is dragged. */
  refusal: string | null | undefined;
  known?: boolean;
}

/** Where links begin and end: coloured by type, square for lists of order. */
export function Port({ grip, types, hint, connectable, refusal, known = true }: Props) {
  const isSource = grip.side === "output" || grip.side === "before";
  const [type] = types;
  return (
    <Handle
      id={handleOf(grip.side, grip.port)}
      type={isSource ? "source" : "target"}
      position={isSource ? Side.Right : Side.Left}
      isConnectable={connectable}
      className={classes.port}
      data-side={grip.side}
      data-known={known}
      data-verdict={refusal === undefined ? undefined : refusal === null ? "fits" : "refused"}
      title={refusal ?? hint}
      style={type === undefined ? undefined : { "--port": `var(${colourToken(type)})` }}
    />
  );
}
