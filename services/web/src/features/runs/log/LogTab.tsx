import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { nodeQuery, outlinesQuery } from "@/api/queries/runs";
import type { NodeView, Stream } from "@/api/schema";
import type { RunAddress } from "@/features/runs/view/address";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Log.module.css";
import { LogPane } from "./LogPane";

type Props = { run: string; node: string; title: string; address: RunAddress };

/** The log of the selected node; which stream is shown first is decided when it is known how the node stands. */
export function LogTab(props: Props) {
  const t = useTexts();
  const { data: record, error, refetch } = useQuery(nodeQuery(props.run, props.node));
  if (error !== null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (record === undefined) return <p className={classes.empty}>{t("loading")}</p>;
  return <ChosenLog {...props} record={record} />;
}

function ChosenLog({ run, node, title, address, record }: Props & { record: NodeView }) {
  const { data: outlines } = useQuery(outlinesQuery(run));
  const [usual] = useState<Stream>(record.failure?.stderr_tail ? "stderr" : "stdout");
  const { attempt, line, stream = usual } = address.at;
  return (
    <LogPane
      key={`${stream} ${attempt ?? ""}`}
      run={run}
      node={node}
      title={title}
      stream={stream}
      attempt={attempt ?? null}
      newest={Math.max(record.attempt, outlines?.[node]?.attempt ?? 0)}
      line={line}
      show={address.go}
      hrefOf={(chosen) => address.hrefOf({ stream, line: chosen })}
    />
  );
}
