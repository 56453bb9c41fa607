import { IconExternalLink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { outcomeLook } from "@/canvas/labels";
import type { CanvasPlan, CanvasRun } from "@/canvas/model";
import classes from "@/canvas/NodeCard.module.css";
import { useNow } from "@/canvas/useNow";
import { textOr, useTexts } from "@/i18n";
import { duration, secondsBetween } from "@/i18n/format";
import { StateMark } from "@/ui/StateMark";

/** How the node stands in a run: colour, icon and word, then for how long. */
export function RunFoot({ run }: { run: CanvasRun }) {
  const t = useTexts();
  const { state, progress, attempt, reason, restoredFrom } = run;
  const filled = progress === null || progress === undefined ? null : Math.round(progress * 100);
  return (
    <div className={classes.foot} title={reason ?? undefined}>
      <StateMark state={state} size={14} />
      {attempt !== undefined && attempt > 1 && (
        <span className={classes.attempt}>{t("canvas.attempt", { number: attempt })}</span>
      )}
      <span className={classes.aside}>
        {filled !== null && state === "running" && `${filled} % · `}
        {restoredFrom ? (
          <Link
            to="/runs/$run"
            params={{ run: restoredFrom.run }}
            search={{ node: restoredFrom.node }}
            className={`nodrag ${classes.origin}`}
          >
            {t("canvas.origin")}
            <IconExternalLink size={12} aria-hidden />
          </Link>
        ) : (
          <Elapsed run={run} />
        )}
      </span>
      {state === "running" && (
        <span
          className={classes.progress}
          data-known={filled !== null}
          style={filled === null ? undefined : { width: `${filled}%` }}
        />
      )}
    </div>
  );
}

function Elapsed({ run: { state, startedAt, finishedAt } }: { run: CanvasRun }) {
  const ticking = startedAt !== null && finishedAt === null && state === "running";
  const now = useNow(ticking);
  if (startedAt === null || (finishedAt === null && !ticking)) return null;
  return duration(secondsBetween(startedAt, finishedAt, now));
}

/** What a run would do with the node, and why. */
export function PlanFoot({ plan }: { plan: CanvasPlan }) {
  useTexts();
  const { icon: Icon, color } = outcomeLook(plan.outcome);
  return (
    <div className={classes.foot} title={plan.reason}>
      <span className={classes.outcome} style={{ color }}>
        <Icon size={14} aria-hidden />
        {textOr(`plan.${plan.outcome}`, plan.outcome)}
      </span>
      <span className={classes.aside}>
        {plan.seconds === null ? plan.reason : `≈ ${duration(plan.seconds)}`}
      </span>
    </div>
  );
}
