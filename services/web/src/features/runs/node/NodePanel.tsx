import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconPlayerTrackNext, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { nodeQuery, outlinesQuery } from "@/api/queries/runs";
import { RUN_ENDED } from "@/api/runFacts";
import type { NodeView, RunDetail } from "@/api/schema";
import type { RunAct } from "@/features/runs/rerunning";
import type { NodePart } from "@/features/runs/search";
import type { RunAddress } from "@/features/runs/view/address";
import { standing } from "@/features/runs/view/cards";
import type { RunGraph } from "@/features/runs/view/useRunView";
import { nodeOf, operationOf } from "@/graph/model";
import { titleOf } from "@/graph/outline";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateMark } from "@/ui/StateMark";
import tabs from "@/ui/tab.module.css";
import { Attempts } from "./Attempts";
import classes from "./Node.module.css";
import { Outputs } from "./Outputs";
import { Overview } from "./Overview";
import { Script } from "./Script";
import { Spent } from "./Spent";

const PARTS: readonly NodePart[] = ["overview", "outputs", "script", "attempts"];
const NO_CATALOGUE = new Map();

type Props = { run: RunDetail; graph: RunGraph; id: string; address: RunAddress; act: (act: RunAct) => void };

/** All about one node of a run, beside the canvas. */
export function NodePanel({ run, graph, id, address, act }: Props) {
  const t = useTexts();
  const { data: record, error } = useQuery(nodeQuery(run.id, id));
  const { data: outlines } = useQuery(outlinesQuery(run.id));
  const node = nodeOf(graph.document, id);
  const part = address.at.part ?? "overview";
  if (node === undefined) return <MissingNode id={id} close={() => address.select(undefined)} />;
  const operation = operationOf(graph.document, NO_CATALOGUE, node);
  const title = titleOf(node, operation);
  const stands = standing(outlines?.[id], record);
  return (
    <aside className={classes.panel} aria-label={t("node.panel", { node: title })}>
      <header className={classes.head}>
        <div className={classes.heading}>
          <h2 className={classes.title}>{title}</h2>
          <p className={classes.subtitle}>
            <span className="mono">{id}</span> · {operation?.title || node.operation}
          </p>
          {stands !== null && (
            <p className={classes.state}>
              <StateMark state={stands.state} />
              <Spent run={stands} />
            </p>
          )}
        </div>
        {RUN_ENDED.has(run.state) && (
          <Tooltip label={t("node.rerun.hint")} multiline maw={260}>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlayerTrackNext size={14} aria-hidden />}
              onClick={() => act({ act: "rerun", run: run.id, node: id })}
            >
              {t("node.rerun")}
            </Button>
          </Tooltip>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("node.close")}
          onClick={() => address.select(undefined)}
        >
          <IconX size={17} aria-hidden />
        </ActionIcon>
      </header>
      <div role="tablist" aria-label={t("node.panel", { node: title })} className={classes.tabs}>
        {PARTS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`node-${one}`}
            aria-selected={one === part}
            aria-controls="node-part"
            className={`${tabs.tab} ${classes.tab}`}
            onClick={() => address.go({ part: one })}
          >
            {t(`node.part.${one}`)}
            {badge(one, record)}
          </button>
        ))}
      </div>
      <div id="node-part" role="tabpanel" aria-labelledby={`node-${part}`} className={classes.body}>
        {error !== null && <ProblemNotice error={error} />}
        {part === "overview" && (
          <Overview
            run={run.id}
            graph={graph}
            node={node}
            operation={operation}
            record={record}
            address={address}
          />
        )}
        {part === "outputs" && (
          <Outputs
            run={run.id}
            node={id}
            open={address.at.output}
            show={(output) => address.go({ output })}
          />
        )}
        {part === "script" && <Script run={run.id} node={node} operation={operation} />}
        {part === "attempts" && record !== undefined && <Attempts record={record} address={address} />}
      </div>
    </aside>
  );
}

function badge(part: NodePart, record: NodeView | undefined): React.ReactNode {
  const many =
    part === "outputs"
      ? Object.keys(record?.outputs ?? {}).length
      : part === "attempts"
        ? (record?.attempts.length ?? 0)
        : 0;
  return many > 0 ? <span className={classes.badge}>{many}</span> : null;
}

function MissingNode({ id, close }: { id: string; close: () => void }) {
  const t = useTexts();
  return (
    <aside className={classes.panel}>
      <p className={classes.none}>{t("node.missing", { node: id })}</p>
      <Button variant="default" size="xs" m="md" onClick={close}>
        {t("action.close")}
      </Button>
    </aside>
  );
}
