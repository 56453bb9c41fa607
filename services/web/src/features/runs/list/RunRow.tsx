import { IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { lazy, memo } from "react";
import type { RunView } from "@/api/schema";
import type { RunAct } from "@/features/runs/rerunning";
import { useTexts } from "@/i18n";
import { ago, moment } from "@/i18n/format";
import { MenuOnDemand } from "@/ui/MenuOnDemand";
import { StateMark } from "@/ui/StateMark";
import { Elapsed } from "./Elapsed";
import { RunProgress } from "./RunProgress";
import classes from "./Runs.module.css";

const RunMenu = lazy(() => import("./RunMenu").then((module) => ({ default: module.RunMenu })));

type Props = { run: RunView; graphTitle: string | undefined; isCurrent: boolean; act: (act: RunAct) => void };

export const RunRow = memo(function RunRow({ run, graphTitle, isCurrent, act }: Props) {
  const t = useTexts();
  const began = run.started_at ?? run.created_at;
  const labels = Object.entries(run.labels);
  return (
    <tr className={classes.row} data-run={run.id} data-current={isCurrent || undefined}>
      <td>
        <StateMark state={run.state} />
        {run.stuck !== null && <span className={classes.stuck}>{t("run.stuck")}</span>}
      </td>
      <td className={classes.title}>
        <Link to="/runs/$run" params={{ run: run.id }} className={classes.link}>
          {run.title || run.id}
        </Link>
        {labels.map(([name, value]) => (
          <span key={name} className={classes.label}>
            {name}={value}
          </span>
        ))}
      </td>
      <td className={classes.graph}>
        {run.graph_id === null ? (
          <span className="quiet">{t("runs.no_graph")}</span>
        ) : (
          <Link to="/graphs/$graph" params={{ graph: run.graph_id }} className={classes.quietLink}>
            {graphTitle || run.graph_id}
          </Link>
        )}
      </td>
      <td>{run.author}</td>
      <td>
        {began !== null && (
          <time dateTime={began} title={moment(began)}>
            {ago(began)}
          </time>
        )}
      </td>
      <td className={classes.number}>
        <Elapsed run={run} />
      </td>
      <td>
        <RunProgress counts={run.counts} />
      </td>
      <td className={classes.menu}>
        <MenuOnDemand
          label={t("runs.menu", { title: run.title })}
          icon={<IconDots size={17} aria-hidden />}
          menu={(target) => <RunMenu run={run} act={act} target={target} defaultOpened />}
        />
      </td>
    </tr>
  );
});
