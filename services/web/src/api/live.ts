/** Where live facts patch the cache of queries: the only place. */

import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { poolKeys } from "@/api/queries/pools";
import { nodeRecordsQuery, runKeys } from "@/api/queries/runs";
import {
  type HeardFacts,
  type NodeOutline,
  type Outlines,
  ofSnapshot,
  type RunChange,
  withChanges,
  withHeard,
} from "@/api/runFacts";
import type { PagePoolView, PageRunView, PoolView, RunDetail, RunView } from "@/api/schema";
import { type Fact, facts, type Liveness } from "@/api/socket";

export type { NodeOutline, Outlines } from "@/api/runFacts";

/** Facts that come within a frame are taken in one step. */
const FRAME = 16;
/** What must be asked for again because of facts is asked for no more often than this. */
const ASK_EVERY = 1_000;
const RESTORED = "restored";

export function useLiveness(): Liveness {
  return useSyncExternalStore(facts.watch, facts.current);
}

/** Keeps a run, the outlines of its nodes and everything read about a node that has changed. */
export function useLiveRun(run: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const hearing = new RunHearing(client, run);
    const stop = facts.subscribe({ to: "run", run, nodes: true }, hearing.hear);
    return () => {
      stop();
      hearing.close();
    };
  }, [client, run]);
}

/** Keeps every list of runs. */
export function useLiveRuns(): void {
  const client = useQueryClient();
  useEffect(() => {
    const askAgain = new Throttle(ASK_EVERY, () => {
      void client.invalidateQueries({ queryKey: runKeys.lists });
    });
    const stop = facts.subscribe({ to: "runs" }, (fact) => hearRuns(client, fact, askAgain));
    return () => {
      stop();
      askAgain.cancel();
    };
  }, [client]);
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

class RunHearing {
  private heard: RunChange[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly askForTimes: Throttle;
  private readonly askForOrigins: Throttle;

  constructor(
    private readonly client: QueryClient,
    private readonly run: string,
  ) {
    this.askForTimes = new Throttle(ASK_EVERY, () => {
      void client.invalidateQueries({ queryKey: runKeys.timeline(run) });
    });
    this.askForOrigins = new Throttle(ASK_EVERY, () => {
      const { queryKey } = nodeRecordsQuery(run);
      // An answer that is on its way for the first time may be older than this fact, and would not be asked for again.
      void client.cancelQueries({ queryKey }).then(() => client.invalidateQueries({ queryKey }));
    });
  }

  readonly hear = (fact: Fact): void => {
    if (fact.type === "snapshot") {
      this.take();
      this.takeSnapshot(fact.run as RunView, fact.nodes as NodeOutline[]);
    } else {
      this.heard.push(fact as unknown as RunChange);
      this.timer ??= setTimeout(() => this.take(), FRAME);
    }
  };

  close(): void {
    clearTimeout(this.timer);
    this.askForTimes.cancel();
    this.askForOrigins.cancel();
  }

  private takeSnapshot(run: RunView, nodes: NodeOutline[]): void {
    const { client, run: id } = this;
    client.setQueryData<Outlines>(runKeys.outlines(id), (known = {}) => ofSnapshot(known, nodes));
    patchRun(client, id, run);
    void client.invalidateQueries({ queryKey: runKeys.nodes(id) });
    this.askForTimes.call();
  }

  private take(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const changes = this.heard;
    const newest = changes.at(-1);
    if (newest === undefined) return;
    this.heard = [];
    const { client, run: id } = this;
    const before = client.getQueryData<RunDetail>(runKeys.detail(id))?.state;
    client.setQueryData<Outlines>(runKeys.outlines(id), (known = {}) => withChanges(known, changes));
    client.setQueryData<HeardFacts>(runKeys.heard(id), (heard = []) => withHeard(heard, changes));
    patchRun(client, id, patchOf(newest));
    const nodes = new Set(changes.flatMap((change) => change.nodes.map(({ node }) => node)));
    void client.invalidateQueries({
      queryKey: runKeys.nodes(id),
      predicate: ({ queryKey }) => nodes.has(String(queryKey[3])),
    });
    this.askForTimes.call();
    // Facts do not say where a restored node comes from.
    if (changes.some((change) => change.nodes.some(({ state }) => state === RESTORED)))
      this.askForOrigins.call();
    // Facts do not say when a run began or ended.
    if (newest.state !== before) void client.invalidateQueries({ queryKey: runKeys.detail(id) });
  }
}

function hearRuns(client: QueryClient, fact: Fact, askAgain: Throttle): void {
  if (fact.type !== "run.changed") {
    // New here, or something was missed: the filters are the server's, so are the answers.
    askAgain.call();
    return;
  }
  const change = fact as unknown as RunChange;
  if (patchRun(client, change.run, patchOf(change))) askAgain.call();
}

function patchOf({ seq, state, counts }: RunChange): Partial<RunView> {
  return { seq, state, counts };
}

/** Returns whether its state has become another one somewhere: then filters and times must be asked for. */
function patchRun(client: QueryClient, id: string, patch: Partial<RunView>): boolean {
  let isMoved = false;
  const patched = <R extends RunView>(run: R): R => {
    const next = newer(run, patch);
    isMoved ||= next.state !== run.state;
    return next;
  };
  client.setQueryData<RunDetail>(runKeys.detail(id), (run) => run && patched(run));
  client.setQueriesData<InfiniteData<PageRunView>>({ queryKey: runKeys.lists }, (known) => {
    if (!known?.pages.some(({ items }) => items.some((run) => run.id === id))) return known;
    const pages = known.pages.map((page) => ({
      ...page,
      items: page.items.map((run) => (run.id === id ? patched(run) : run)),
    }));
    return { ...known, pages };
  });
  return isMoved;
}

/** An answer that was on its way while a newer fact came must not win. */
function newer<R extends RunView>(run: R, patch: Partial<RunView>): R {
  return (patch.seq ?? 0) < run.seq ? run : { ...run, ...patch };
}

/** At once, and then no more often than asked for; the last call is never lost. */
class Throttle {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isWanted = false;

  constructor(
    private readonly every: number,
    private readonly act: () => void,
  ) {}

  call(): void {
    if (this.timer !== undefined) {
      this.isWanted = true;
      return;
    }
    this.act();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.isWanted) return;
      this.isWanted = false;
      this.call();
    }, this.every);
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
