import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { explanationQuery } from "@/api/queries/runs";
import type { ExplanationView, NodeView } from "@/api/schema";
import type { RunAddress } from "@/features/runs/view/address";
import { originOf } from "@/features/runs/view/cards";
import type { RunGraph } from "@/features/runs/view/useRunView";
import type { GraphNode, Operation } from "@/graph/model";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { FailureBox } from "./FailureBox";
import { Inputs } from "./Inputs";
import classes from "./Node.module.css";
import { NodeLink } from "./NodeLink";
import { Parameters } from "./Parameters";
import { ResourcesUsed } from "./ResourcesUsed";

type Props = {
  run: string;
  graph: RunGraph;
  node: GraphNode;
  operation: Operation | undefined;
  record: NodeView | undefined;
  address: RunAddress;
};

export function Overview({ run, graph, node, operation, record, address }: Props) {
  const t = useTexts();
  const { data: why, error } = useQuery(explanationQuery(run, node.id));
  const failure = why?.failure ?? record?.failure ?? null;
  return (
    <>
      {failure !== null && <FailureBox failure={failure} address={address} />}
      <Part title={t("node.why")}>
        {error !== null && <ProblemNotice error={error} />}
        {why !== undefined && <Why why={why} record={record} graph={graph} address={address} />}
      </Part>
      <Inputs graph={graph} node={node} operation={operation} address={address} />
      <Parameters node={node} operation={operation} graph={graph} address={address} />
      {record !== undefined && <ResourcesUsed record={record} operation={operation} />}
    </>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h3 className={classes.partTitle}>{title}</h3>
      {children}
    </section>
  );
}

type WhyProps = { why: ExplanationView; record: NodeView | undefined; graph: RunGraph; address: RunAddress };

function Why({ why, record, graph, address }: WhyProps) {
  const t = useTexts();
  const origin = originOf({ restored_from: why.restored_from ?? record?.restored_from ?? null });
  const { nearest } = why.cache;
  return (
    <>
      <p className={classes.why}>{why.message}</p>
      {why.waiting_for.length > 0 && (
        <ul className={classes.links} aria-label={t("node.waits_for")}>
          {why.waiting_for.map((id) => (
            <li key={id}>
              <NodeLink id={id} graph={graph} address={address} />
            </li>
          ))}
        </ul>
      )}
      {origin !== null && <Elsewhere place={origin} text={t("node.origin", { node: origin.node })} />}
      {nearest !== null && <Elsewhere place={nearest} text={t("node.nearest", { node: nearest.node })} />}
    </>
  );
}

/** To a node of another run. */
function Elsewhere({ place, text }: { place: { run: string; node: string }; text: string }) {
  return (
    <p className={classes.why}>
      <Link to="/runs/$run" params={{ run: place.run }} search={{ node: place.node }}>
        {text}
      </Link>
    </p>
  );
}
