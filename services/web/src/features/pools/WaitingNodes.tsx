import { Anchor, Button, Loader, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RUNS_SEARCHED, waitingNodesQuery } from "@/api/queries/pools";
import type { NodeView, PoolView } from "@/api/schema";
import classes from "@/features/pools/Pools.module.css";
import { type Key, textOr, useTexts } from "@/i18n";
import { ago } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateMark } from "@/ui/StateMark";

const MOST = 12;

/** Who waits here, and why. */
export function WaitingNodes({ pool }: { pool: PoolView }) {
  const t = useTexts();
  const { data, error, isFetching, refetch } = useQuery(waitingNodesQuery(pool.pool));
  const nodes = [...(data ?? [])].sort(longestFirst);
  return (
    <section aria-label={t("pools.waiting")}>
      <div className={classes.caption}>
        <Title order={3}>{t("pools.waiting")}</Title>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={isFetching ? <Loader size={12} /> : <IconRefresh size={13} aria-hidden />}
          onClick={() => void refetch()}
        >
          {t("pools.waiting.again")}
        </Button>
        <Anchor
          size="sm"
          ml="auto"
          renderRoot={(props) => <Link to="/runs" search={{ state: ["running"] }} {...props} />}
        >
          {t("pools.waiting.runs")}
        </Anchor>
      </div>
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && nodes.length === 0 && (
        <Text size="sm" className="quiet">
          {t("pools.waiting.none", { count: RUNS_SEARCHED })}
        </Text>
      )}
      {nodes.slice(0, MOST).map((node) => (
        <div key={`${node.run} ${node.node}`} className={classes.waiting}>
          <StateMark state={node.state} />
          <Anchor
            fw={600}
            renderRoot={(props) => (
              <Link to="/runs/$run" params={{ run: node.run }} search={{ node: node.node }} {...props} />
            )}
          >
            {node.node}
          </Anchor>
          <span className="quiet">{t(whyOf(node, pool))}</span>
          {node.reason !== null && (
            <span className="quiet">{textOr(`reason.${node.reason}`, node.reason)}</span>
          )}
          {node.queued_at !== null && (
            <span className={classes.since}>{t("pools.waiting.since", { since: ago(node.queued_at) })}</span>
          )}
        </div>
      ))}
      {nodes.length > MOST && (
        <Text size="sm" className="quiet">
          {t("pools.waiting.more", { count: nodes.length - MOST })}
        </Text>
      )}
    </section>
  );
}

function longestFirst(one: NodeView, other: NodeView): number {
  const since = (one.queued_at ?? "").localeCompare(other.queued_at ?? "");
  return since || one.node.localeCompare(other.node, undefined, { numeric: true });
}

function whyOf({ state }: NodeView, { workers, free }: PoolView): Key {
  if (state === "backoff") return "pools.why.backoff";
  if (workers === 0) return "pools.why.nobody";
  return free > 0 ? "pools.why.fits" : "pools.why.full";
}
