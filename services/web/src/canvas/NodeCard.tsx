import { IconAlertTriangle, IconExclamationCircle, IconLink, IconMessage2 } from "@tabler/icons-react";
import { type NodeProps, useConnection } from "@xyflow/react";
import { memo, type ReactNode } from "react";
import { PlanFoot, RunFoot } from "@/canvas/CardFoot";
import { useCanvasRules } from "@/canvas/context";
import { kindIcon } from "@/canvas/labels";
import { type CanvasNode, type CanvasPort, type Grip, gripOf } from "@/canvas/model";
import classes from "@/canvas/NodeCard.module.css";
import { Port } from "@/canvas/Port";
import type { CardNode } from "@/canvas/reactFlow";
import { useTexts } from "@/i18n";
import { stateColor } from "@/ui/StateMark";

/** A node. Drawn anew only if its own object changed, it was selected, or a link is being dragged. */
export const NodeCard = memo(function NodeCard({ data: { card }, selected }: NodeProps<CardNode>) {
  const t = useTexts();
  const Icon = kindIcon(card.kind);
  const judge = useVerdicts(card.id);
  const rows = Array.from({ length: Math.max(card.inputs.length, card.outputs.length) }, (_, row) => row);
  return (
    <div
      className={classes.card}
      data-selected={selected}
      data-state={card.run?.state}
      data-kind={card.kind === "file" ? "file" : undefined}
      data-known={card.kind !== ""}
      data-foot={card.run || card.plan ? true : undefined}
      style={card.run ? { "--state": stateColor(card.run.state) } : undefined}
    >
      <div className={classes.header}>
        {judge.port({ side: "after", port: "" }, [], t("canvas.port.after"))}
        {judge.port({ side: "before", port: "" }, [], t("canvas.port.before"))}
        <span className={classes.icon} title={card.kind}>
          <Icon size={18} stroke={1.7} aria-hidden />
        </span>
        <span className={classes.names}>
          <span className={classes.title} title={card.title}>
            {card.title}
          </span>
          <span className={classes.operation}>{card.operation}</span>
        </span>
        {card.comment !== "" && (
          <IconMessage2 size={15} className={classes.comment} aria-label={card.comment} />
        )}
        <IssueMark card={card} />
      </div>
      {rows.length > 0 && (
        <div className={classes.ports}>
          {rows.map((row) => (
            <div key={row} className={classes.row}>
              <PortLabel port={card.inputs[row]} />
              <PortLabel port={card.outputs[row]} />
              {portOf(card.inputs[row], "input")}
              {portOf(card.outputs[row], "output")}
            </div>
          ))}
        </div>
      )}
      <Parameters card={card} port={(name) => judge.port({ side: "parameter", port: name }, [], name)} />
      {card.run ? <RunFoot run={card.run} /> : card.plan && <PlanFoot plan={card.plan} />}
    </div>
  );

  function portOf(port: CanvasPort | undefined, side: "input" | "output") {
    if (port === undefined) return null;
    const hint = t(port.known ? "canvas.port.hint" : "canvas.port.gone", {
      name: port.name,
      types: port.types.join(" | "),
    });
    return judge.port({ side, port: port.name }, port.types, hint, port.known);
  }
});

/** The ports of a card, judged while a link is dragged. */
function useVerdicts(node: string) {
  const { readOnly, whyNot } = useCanvasRules();
  const held = useConnection((connection) =>
    connection.inProgress ? `${connection.fromHandle.nodeId} ${connection.fromHandle.id}` : "",
  );
  const [heldNode = "", heldHandle = ""] = held.split(" ");
  const from = held === "" ? null : gripOf(heldNode, heldHandle);
  return {
    port: (at: Omit<Grip, "node">, types: readonly string[], hint: string, known = true) => {
      const grip: Grip = { ...at, node };
      const isHeld = from?.node === node && from.side === at.side && from.port === at.port;
      const refusal = from === null || isHeld ? undefined : whyNot(from, grip);
      return <Port {...{ grip, types, hint, known, refusal }} connectable={!readOnly} />;
    },
  };
}

function PortLabel({ port }: { port: CanvasPort | undefined }) {
  return (
    <span className={classes.label} data-known={port?.known}>
      {port?.name}
      {port?.required && <span className={classes.required}>*</span>}
    </span>
  );
}

function Parameters({ card, port }: { card: CanvasNode; port: (name: string) => ReactNode }) {
  const t = useTexts();
  if (card.parameters.length === 0 && card.hiddenParameters === 0) return null;
  return (
    <div className={classes.parameters}>
      {card.parameters.map(({ name, text, bound, set }) => (
        <div key={name} className={classes.parameter}>
          {port(name)}
          <span className={classes.name}>{name}</span>
          <span className={classes.value} data-bound={bound} data-set={set} title={text}>
            {bound && <IconLink size={12} aria-label={t(`canvas.bound.${bound}`)} />}
            <span>{text}</span>
          </span>
        </div>
      ))}
      {card.hiddenParameters > 0 && (
        <div className={classes.parameter}>
          <span className={classes.name}>{t("canvas.more", { count: card.hiddenParameters })}</span>
        </div>
      )}
    </div>
  );
}

function IssueMark({ card: { issue } }: { card: CanvasNode }) {
  if (!issue) return null;
  const Icon = issue.severity === "error" ? IconExclamationCircle : IconAlertTriangle;
  return (
    <span className={classes.issue} data-severity={issue.severity} title={issue.text}>
      <Icon size={16} aria-label={issue.text} />
    </span>
  );
}
