/** Where live facts patch the cache of queries: the only place. */

import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { poolKeys } from "@/api/queries/pools";
import { runKeys } from "@/api/queries/runs";
import type { PagePoolView, PageRunView, PoolView, RunDetail, RunView } from "@/api/schema";
import { type Fact, facts, type Liveness } from "@/api/socket";

/** What is known of every node of a run without asking for it: enough to paint the canvas. */
export type NodeOutline = { node: string; state: string; attempt: number; reason: string | null };
export type Outlines = Readonly<Record<string, NodeOutline>>;

type RunChange = {
  run: string;
  seq: number;
  state: string;
  counts: Record<string, number>;
  nodes: NodeOutline[];
  at: string;
};

const ENDED: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);

export function useLiveness(): Liveness {
  return useSyncExternalStore(facts.watch, facts.current);
}

/** Keeps a run, the outlines of its nodes and everything read about a node that has changed. */
export function useLiveRun(run: string): void {
  const client = useQueryClient();
  useEffect(
    () => facts.subscribe({ to: "run", run, nodes: true }, (fact) => hearRun(client, run, fact)),
    [client, run],
  );
}

/** Keeps every list of runs. */
export function useLiveRuns(): void {
  const client = useQueryClient();
  useEffect(() => facts.subscribe({ to: "runs" }, (fact) => hearRuns(client, fact)), [client]);
}

export function useLivePools(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      facts.subscribe({ to: "pool" }, (fact) => {
        client.setQueryData<PagePoolView>(poolKeys.pools, { items: fact.pools as PoolView[], next: null });
        void client.invalidateQueries({ queryKey: poolKeys.workers });
      }),
    [client],
  );
}

function hearRun(client: QueryClient, id: string, fact: Fact): void {
  if (fact.type === "snapshot") {
    const outlines = Object.fromEntries((fact.nodes as NodeOutline[]).map((node) => [node.node, node]));
    client.setQueryData<Outlines>(runKeys.outlines(id), outlines);
    patchRun(client, id, fact.run as RunView);
    void client.invalidateQueries({ queryKey: runKeys.nodes(id) });
    return;
  }
  const change = fact as unknown as RunChange;
  client.setQueryData<Outlines>(runKeys.outlines(id), (known = {}) => ({
    ...known,
    ...Object.fromEntries(change.nodes.map((node) => [node.node, node])),
  }));
  patchRun(client, id, patchOf(change));
  for (const { node } of change.nodes) void client.invalidateQueries({ queryKey: runKeys.node(id, node) });
  void client.invalidateQueries({ queryKey: runKeys.timeline(id) });
  if (ENDED.has(change.state)) void client.invalidateQueries({ queryKey: runKeys.detail(id) });
}

function hearRuns(client: QueryClient, fact: Fact): void {
  if (fact.type === "run.changed") {
    const change = fact as unknown as RunChange;
    patchRun(client, change.run, patchOf(change));
    if (ENDED.has(change.state)) void client.invalidateQueries({ queryKey: runKeys.lists });
  } else {
    // New here, or something was missed: the filters are the server's, so are the answers.
    void client.invalidateQueries({ queryKey: runKeys.lists });
  }
}

function patchOf({ seq, state, counts }: RunChange): Partial<RunView> {
  return { seq, state, counts };
}

function patchRun(client: QueryClient, id: string, patch: Partial<RunView>): void {
  client.setQueryData<RunDetail>(runKeys.detail(id), (run) => run && newer(run, patch));
  client.setQueriesData<InfiniteData<PageRunView>>({ queryKey: runKeys.lists }, (pages) =>
    pages === undefined
      ? undefined
      : {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            items: page.items.map((run) => (run.id === id ? newer(run, patch) : run)),
          })),
        },
  );
}

/** An answer that was on its way while a newer fact came must not win. */
function newer<R extends RunView>(run: R, patch: Partial<RunView>): R {
  return (patch.seq ?? 0) < run.seq ? run : { ...run, ...patch };
}
