import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useLiveRun } from "@/api/live";
import { type NodeRecords, nodeRecordsQuery, runQuery } from "@/api/queries/runs";
import type { RunDetail } from "@/api/schema";
import { CanvasProvider, GraphCanvas } from "@/canvas/GraphCanvas";
import { knownParents } from "@/graph/dag";
import { useTexts } from "@/i18n";
import { moment } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Events } from "./events/Events";
import { LogTab } from "./log/LogTab";
import { NodePanel } from "./node/NodePanel";
import { type RunAct, useRunActs } from "./rerunning";
import { Timeline } from "./timeline/Timeline";
import { type RunAddress, useRunAddress } from "./view/address";
import { Dock } from "./view/Dock";
import { NodeList } from "./view/NodeList";
import classes from "./view/Run.module.css";
import { RunHeader } from "./view/RunHeader";
import { Sight } from "./view/Sight";
import { type RunGraph, useRunCards, useRunGraph } from "./view/useRunView";

export function RunPage() {
  const { run } = useParams({ from: "/runs/$run" });
  return <RunScreen key={run} id={run} />;
}

/** A run as it stands at this moment: on the canvas, beside it one node, below it logs, times and events. */
function RunScreen({ id }: { id: string }) {
  const t = useTexts();
  useLiveRun(id);
  const { data: run, error, refetch } = useQuery(runQuery(id));
  const { graph, query } = useRunGraph(id);
  const address = useRunAddress();
  const acts = useRunActs();
  useFirstFailure(run, graph, address);
  const failed = error ?? query.error;
  if (failed !== null && run === undefined)
    return <ProblemNotice error={failed} retry={() => void refetch()} />;
  if (run === undefined) return <p className={classes.hint}>{t("loading")}</p>;
  const { view = "canvas", node } = address.at;
  return (
    <div className={classes.screen}>
      <RunHeader
        run={run}
        isBusy={acts.isPending}
        act={acts.mutate}
        view={view}
        setView={(chosen) => address.go({ view: chosen === "canvas" ? undefined : chosen })}
      />
      <div className={classes.notices}>
        {run.stuck !== null && <Stuck stuck={run.stuck} />}
        {acts.error !== null && <ProblemNotice error={acts.error} />}
        {query.error !== null && <ProblemNotice error={query.error} retry={() => void query.refetch()} />}
      </div>
      <div className={classes.main} data-beside={node !== undefined || undefined}>
        <div className={classes.left}>
          <div className={classes.stage}>
            {graph !== null && <Stage run={run} graph={graph} address={address} />}
          </div>
          {graph !== null && <Below run={run} graph={graph} address={address} />}
        </div>
        {graph !== null && node !== undefined && (
          <NodePanel
            key={node}
            run={run}
            graph={graph}
            id={node}
            address={address}
            act={acts.mutate as Act}
          />
        )}
      </div>
    </div>
  );
}

type Act = (act: RunAct) => void;
type PartProps = { run: RunDetail; graph: RunGraph; address: RunAddress };

function Stage({ run, graph, address }: PartProps) {
  const t = useTexts();
  const { nodes, links } = useRunCards(run.id, graph);
  const { view = "canvas", node } = address.at;
  const selected = useMemo(() => new Set(node === undefined ? [] : [node]), [node]);
  const chosenHere = useRef<string>(undefined);
  const known = useMemo(() => new Set(graph.order), [graph]);
  const parents = useMemo(() => knownParents(graph.document), [graph]);
  if (view === "list")
    return (
      <NodeList order={graph.order} nodes={nodes} parents={parents} selected={node} select={address.select} />
    );
  return (
    <CanvasProvider>
      <GraphCanvas
        nodes={nodes}
        links={links}
        selected={selected}
        onSelect={(ids) => {
          const chosen = [...ids].find((id) => known.has(id));
          chosenHere.current = chosen;
          if (chosen !== node) address.select(chosen);
        }}
        readOnly
        label={t("run.canvas", { title: run.title || run.id })}
      >
        <Sight node={node} chosenHere={chosenHere} />
      </GraphCanvas>
    </CanvasProvider>
  );
}

function Below({ run, graph, address }: PartProps) {
  const t = useTexts();
  const { tab = "logs", node } = address.at;
  const titles = useMemo(() => new Map(graph.nodes.map(({ id, title }) => [id, title])), [graph]);
  return (
    <Dock tab={tab} setTab={(chosen) => address.go({ tab: chosen })}>
      {tab === "logs" &&
        (node === undefined ? (
          <p className={classes.hint}>{t("log.choose")}</p>
        ) : (
          <LogTab key={node} run={run.id} node={node} title={titles.get(node) ?? node} address={address} />
        ))}
      {tab === "timeline" && (
        <Timeline
          run={run.id}
          titles={titles}
          selected={node}
          open={(chosen, attempt) => address.select(chosen, { attempt, tab: "logs" })}
        />
      )}
      {tab === "events" && <Events run={run} titles={titles} select={address.select} />}
    </Dock>
  );
}

/** Once, where the address names no node: the one that failed first is what one comes for. */
function useFirstFailure(run: RunDetail | undefined, graph: RunGraph | null, address: RunAddress): void {
  const isDone = useRef(false);
  const isWanted = !isDone.current && run?.state === "failed" && address.at.node === undefined;
  const { data: records } = useQuery({ ...nodeRecordsQuery(run?.id ?? ""), enabled: isWanted });
  const { select } = address;
  useEffect(() => {
    if (run === undefined || graph === null || isDone.current) return;
    if (!isWanted) {
      isDone.current = true;
    } else if (records !== undefined) {
      isDone.current = true;
      const first = firstFailure(graph.order, records);
      if (first !== undefined) select(first, { tab: "logs" });
    }
  }, [run, graph, records, isWanted, select]);
}

function firstFailure(order: readonly string[], records: NodeRecords): string | undefined {
  const failed = order.filter((id) => records[id]?.state === "failed");
  const at = (id: string) => Date.parse(records[id]?.finished_at ?? "") || Number.POSITIVE_INFINITY;
  return failed.sort((one, other) => at(one) - at(other))[0];
}

/** The platform cannot go on with it for a reason of its own. */
function Stuck({ stuck }: { stuck: Record<string, unknown> }) {
  const t = useTexts();
  const since = typeof stuck.since === "string" ? moment(stuck.since) : "";
  return (
    <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title={t("run.stuck.title")} role="alert">
      <p>{t("run.stuck.detail", { since })}</p>
      <pre>{String(stuck.error ?? "")}</pre>
    </Alert>
  );
}
