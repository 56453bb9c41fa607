import type { CanvasRun } from "@/canvas/model";
import { useNow } from "@/canvas/useNow";
import { useTexts } from "@/i18n";
import { duration, secondsBetween } from "@/i18n/format";
import classes from "./Node.module.css";

/** For how long, and at which try. */
export function Spent({ run: { state, startedAt, finishedAt, attempt = 0 } }: { run: CanvasRun }) {
  const t = useTexts();
  const isTicking = state === "running" && startedAt !== null;
  const now = useNow(isTicking);
  const isKnown = startedAt !== null && (finishedAt !== null || isTicking);
  return (
    <span className={classes.spent}>
      {isKnown && duration(secondsBetween(startedAt, finishedAt, now))}
      {attempt > 1 && ` · ${t("canvas.attempt", { number: attempt })}`}
    </span>
  );
}
