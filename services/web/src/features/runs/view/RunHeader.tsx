import { ActionIcon, Button, SegmentedControl, Tooltip } from "@mantine/core";
import {
  IconBan,
  IconChevronDown,
  IconCopy,
  IconListTree,
  IconRefresh,
  IconShare2,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { RUN_ENDED } from "@/api/runFacts";
import type { RunDetail } from "@/api/schema";
import { Elapsed } from "@/features/runs/list/Elapsed";
import { RunMenu } from "@/features/runs/list/RunMenu";
import { RunProgress } from "@/features/runs/list/RunProgress";
import type { RunAct } from "@/features/runs/rerunning";
import type { RunView } from "@/features/runs/search";
import { useTexts } from "@/i18n";
import { ago, moment } from "@/i18n/format";
import { StateMark } from "@/ui/StateMark";
import classes from "./Run.module.css";

type Props = {
  run: RunDetail;
  isBusy: boolean;
  act: (act: RunAct) => void;
  view: RunView;
  setView: (view: RunView) => void;
};

export function RunHeader({ run, isBusy, act, view, setView }: Props) {
  const t = useTexts();
  const isOver = RUN_ENDED.has(run.state);
  return (
    <header className={classes.header}>
      <div className={classes.heading}>
        <h1 className={classes.title} title={run.title || run.id}>
          {run.title || run.id}
        </h1>
        <RunFacts run={run} />
      </div>
      <div className={classes.actions}>
        <SegmentedControl
          size="xs"
          aria-label={t("run.view")}
          value={view}
          onChange={(value) => setView(value as RunView)}
          data={[
            { value: "canvas", label: <ViewLabel icon={IconShare2} text={t("run.view.canvas")} /> },
            { value: "list", label: <ViewLabel icon={IconListTree} text={t("run.view.list")} /> },
          ]}
        />
        {!isOver && (
          <Button
            size="xs"
            color="red"
            variant="light"
            leftSection={<IconBan size={15} aria-hidden />}
            disabled={run.state === "cancelling" || run.cancel_requested}
            loading={isBusy}
            onClick={() => act({ act: "cancel", run: run.id })}
          >
            {t("run.cancel")}
          </Button>
        )}
        <Tooltip label={t("run.clone.hint")}>
          <ActionIcon
            size={30}
            variant="default"
            aria-label={t("run.clone")}
            onClick={() => act({ act: "clone", run: run.id })}
          >
            <IconCopy size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
        {isOver && (
          <RunMenu
            run={run}
            act={act}
            withCancel={false}
            target={
              <Button
                size="xs"
                loading={isBusy}
                leftSection={<IconRefresh size={15} aria-hidden />}
                rightSection={<IconChevronDown size={14} aria-hidden />}
              >
                {t("run.rerun")}
              </Button>
            }
          />
        )}
      </div>
    </header>
  );
}

function RunFacts({ run }: { run: RunDetail }) {
  const t = useTexts();
  const began = run.started_at ?? run.created_at;
  return (
    <div className={classes.facts}>
      <StateMark state={run.state} />
      <span className={classes.elapsed} title={t("runs.column.duration")}>
        <Elapsed run={run} />
      </span>
      <RunProgress counts={run.counts} />
      {began !== null && (
        <span className={classes.aside}>
          <time dateTime={began} title={moment(began)}>
            {t("run.by", { author: run.author, ago: ago(began) })}
          </time>
        </span>
      )}
      {run.from_run !== null && (
        <Link to="/runs/$run" params={{ run: run.from_run }} className={classes.aside}>
          {t("run.of")}
        </Link>
      )}
      {run.graph_id !== null && (
        <Link to="/graphs/$graph" params={{ graph: run.graph_id }} className={classes.aside}>
          {t("run.graph")}
        </Link>
      )}
    </div>
  );
}

function ViewLabel({ icon: Icon, text }: { icon: typeof IconShare2; text: string }) {
  return (
    <span className={classes.viewLabel}>
      <Icon size={14} aria-hidden />
      {text}
    </span>
  );
}
