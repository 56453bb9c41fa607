import { NODE_ENDED } from "@/api/runFacts";
import { textOr, useTexts } from "@/i18n";
import { count } from "@/i18n/format";
import { stateColor } from "@/ui/StateMark";
import classes from "./Runs.module.css";

const ORDER = [
  "succeeded",
  "restored",
  "failed",
  "running",
  "backoff",
  "cancelling",
  "ready",
  "waiting",
  "cancelled",
  "skipped",
];

/** How many nodes stand how: a bar, the numbers beside it, and in words on hover. */
export function RunProgress({ counts, wide }: { counts: Readonly<Record<string, number>>; wide?: boolean }) {
  const t = useTexts();
  const parts = ORDER.flatMap((state) => {
    const nodes = counts[state] ?? 0;
    return nodes > 0 ? [{ state, nodes }] : [];
  });
  const total = parts.reduce((sum, { nodes }) => sum + nodes, 0);
  const over = parts.reduce((sum, { state, nodes }) => sum + (NODE_ENDED.has(state) ? nodes : 0), 0);
  const words = parts
    .map(({ state, nodes }) => `${count(nodes)} ${textOr(`state.${state}`, state)}`)
    .join(", ");
  const label = t("runs.progress", { over: count(over), total: count(total), words });
  if (total === 0) return <span className="quiet">–</span>;
  return (
    <span
      className={classes.progress}
      role="img"
      aria-label={label}
      title={label}
      data-wide={wide || undefined}
    >
      <span className={classes.track}>
        {parts.map(({ state, nodes }) => (
          <span
            key={state}
            className={classes.part}
            data-state={state}
            style={{ flexGrow: nodes, background: stateColor(state) }}
          />
        ))}
      </span>
      <span className={classes.numbers}>
        {count(over)}/{count(total)}
      </span>
    </span>
  );
}
