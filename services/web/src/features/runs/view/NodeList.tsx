import { useMemo } from "react";
import type { CanvasNode, CanvasRun } from "@/canvas/model";
import { useNow } from "@/canvas/useNow";
import { useTexts } from "@/i18n";
import { duration, secondsBetween } from "@/i18n/format";
import { StateMark } from "@/ui/StateMark";
import { useShortcuts } from "@/ui/shortcuts";
import classes from "./NodeList.module.css";

type Props = {
  order: readonly string[];
  nodes: readonly CanvasNode[];
  parents: ReadonlyMap<string, readonly string[]>;
  selected: string | undefined;
  select: (node: string) => void;
};

/** All that the canvas shows, as a table: for the keyboard, for screen readers, and for who likes lists. */
export function NodeList({ order, nodes, parents, selected, select }: Props) {
  const t = useTexts();
  const cards = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const step = (by: number) => {
    const place = selected === undefined ? -1 : order.indexOf(selected);
    const next = order[Math.max(0, Math.min(order.length - 1, place + by))];
    if (next !== undefined) select(next);
  };
  useShortcuts([
    { keys: "j", label: "shortcuts.next", scope: "lists", act: () => step(1) },
    { keys: "k", label: "shortcuts.previous", scope: "lists", act: () => step(-1) },
  ]);
  return (
    <div className={classes.box}>
      <table className={classes.table} aria-label={t("run.nodes")}>
        <thead>
          <tr>
            <th scope="col">{t("runs.column.state")}</th>
            <th scope="col">{t("run.node")}</th>
            <th scope="col">{t("run.after")}</th>
            <th scope="col">{t("runs.column.duration")}</th>
            <th scope="col">{t("run.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {order.map((id) => {
            const card = cards.get(id);
            return card === undefined ? null : (
              <tr key={id} className={classes.row} data-selected={id === selected || undefined}>
                <td>{card.run && <StateMark state={card.run.state} size={15} />}</td>
                <th scope="row">
                  <button
                    type="button"
                    className={classes.name}
                    aria-pressed={id === selected}
                    onClick={() => select(id)}
                  >
                    {card.title}
                  </button>
                </th>
                <td className={classes.quiet}>
                  {(parents.get(id) ?? []).map((parent) => cards.get(parent)?.title ?? parent).join(", ")}
                </td>
                <td className={classes.number}>{card.run && <Spent run={card.run} />}</td>
                <td className={classes.quiet} title={card.run?.reason ?? undefined}>
                  {card.run?.reason}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Spent({ run: { state, startedAt, finishedAt } }: { run: CanvasRun }) {
  const isTicking = state === "running" && startedAt !== null;
  const now = useNow(isTicking);
  if (startedAt === null || (finishedAt === null && !isTicking)) return null;
  return duration(secondsBetween(startedAt, finishedAt, now));
}
