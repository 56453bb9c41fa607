import { Button } from "@mantine/core";
import type { AttemptView, NodeView } from "@/api/schema";
import type { RunAddress } from "@/features/runs/view/address";
import { textOr, useTexts } from "@/i18n";
import { duration, moment, secondsBetween } from "@/i18n/format";
import { StateMark } from "@/ui/StateMark";
import classes from "./Node.module.css";

/** Every try of the node, the newest first. */
export function Attempts({ record, address }: { record: NodeView; address: RunAddress }) {
  const t = useTexts();
  if (record.attempts.length === 0) return <p className={classes.none}>{t("node.no_attempts")}</p>;
  return (
    <ol className={classes.attempts} reversed>
      {record.attempts.toReversed().map((attempt) => (
        <li key={attempt.attempt} className={classes.attempt}>
          <Attempt attempt={attempt} />
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t("node.log_of", { number: attempt.attempt })}
            onClick={() => address.go({ tab: "logs", attempt: attempt.attempt, line: undefined })}
          >
            {t("run.tab.logs")}
          </Button>
        </li>
      ))}
    </ol>
  );
}

function Attempt({ attempt }: { attempt: AttemptView }) {
  const t = useTexts();
  const { outcome, started_at, ended_at, queued_at, worker, failure } = attempt;
  return (
    <div className={classes.attemptFacts}>
      <strong>{t("log.attempt.one", { number: attempt.attempt })}</strong> <Outcome outcome={outcome} />
      <p className={classes.quiet}>
        {started_at !== null && `${moment(started_at)} · ${duration(secondsBetween(started_at, ended_at))}`}
        {started_at === null && queued_at !== null && t("node.queued_since", { at: moment(queued_at) })}
        {worker !== null && ` · ${worker}`}
      </p>
      {failure !== null && <p className={classes.why}>{failure.message}</p>}
    </div>
  );
}

const STATES: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled", "running", "ready"]);

function Outcome({ outcome }: { outcome: string }) {
  useTexts();
  return STATES.has(outcome) ? (
    <StateMark state={outcome} size={14} />
  ) : (
    <span>{textOr(`outcome.${outcome}`, outcome)}</span>
  );
}
