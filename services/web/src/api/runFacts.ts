/** What facts say about a run and its nodes, and how they add up. Pure. */

/** What is known of every node of a run without asking for it: enough to paint the canvas. */
export type NodeOutline = {
  readonly node: string;
  readonly state: string;
  readonly attempt: number;
  readonly reason: string | null;
  /** As heard by this tab; absent where it came later. */
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
};
export type Outlines = Readonly<Record<string, NodeOutline>>;

export type RunChange = {
  run: string;
  seq: number;
  state: string;
  counts: Record<string, number>;
  nodes: NodeOutline[];
  at: string;
};

/** Of one run, as they came; a page keeps the newest. */
export type HeardFacts = readonly RunChange[];
const MOST_HEARD = 1_000;

export const RUN_ENDED: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);
export const NODE_ENDED: ReadonlySet<string> = new Set([
  "succeeded",
  "restored",
  "failed",
  "cancelled",
  "skipped",
]);

/** Nodes that did not change stay the same objects: whoever draws them need not look again. */
export function withChanges(known: Outlines, changes: readonly RunChange[]): Outlines {
  const next: Record<string, NodeOutline> = { ...known };
  for (const { nodes, at } of changes)
    for (const node of nodes) next[node.node] = changed(next[node.node], node, at);
  return next;
}

function changed(before: NodeOutline | undefined, now: NodeOutline, at: string): NodeOutline {
  const isSameAttempt = before?.attempt === now.attempt;
  const begins = now.state === "running" && !(isSameAttempt && before?.state === "running");
  return {
    ...now,
    startedAt: begins ? at : isSameAttempt ? before?.startedAt : undefined,
    finishedAt: NODE_ENDED.has(now.state) ? at : undefined,
  };
}

/** A snapshot says how things stand, not since when: that is kept of nodes that stand as before. */
export function ofSnapshot(known: Outlines, nodes: readonly NodeOutline[]): Outlines {
  return Object.fromEntries(
    nodes.map((node) => {
      const before = known[node.node];
      const isSame =
        before?.state === node.state && before.attempt === node.attempt && before.reason === node.reason;
      return [node.node, isSame ? before : node];
    }),
  );
}

export function withHeard(heard: HeardFacts, changes: readonly RunChange[]): HeardFacts {
  return [...heard, ...changes].slice(-MOST_HEARD);
}
