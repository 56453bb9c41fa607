/** What happened in a run: what is known of its past, then what this page has heard. Pure. */

import type { HeardFacts } from "@/api/runFacts";
import type { NodeView, RunDetail } from "@/api/schema";

export type RunEvent = {
  readonly key: string;
  readonly at: string;
  /** Null: of the run itself. */
  readonly node: string | null;
  readonly state: string;
  readonly attempt: number | null;
  readonly detail: string | null;
};

/** Newest first. What was heard says more than what is on record: the record ends where hearing begins. */
export function eventsOf(
  run: RunDetail,
  records: Readonly<Record<string, NodeView>>,
  heard: HeardFacts,
): RunEvent[] {
  const since = heard[0]?.at ?? null;
  const past = [...ofRun(run), ...Object.values(records).flatMap(ofNode)].filter(
    ({ at }) => since === null || Date.parse(at) < Date.parse(since),
  );
  past.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return [...past, ...ofFacts(heard, run)].reverse();
}

function ofRun({ created_at, started_at, finished_at, state }: RunDetail): RunEvent[] {
  const event = (at: string | null, state: string): RunEvent[] =>
    at === null ? [] : [{ key: `run ${state}`, at, node: null, state, attempt: null, detail: null }];
  return [...event(created_at, "created"), ...event(started_at, "running"), ...event(finished_at, state)];
}

function ofNode({ node, attempts, state, finished_at, reason, attempt: newest }: NodeView): RunEvent[] {
  const events = attempts.flatMap(({ attempt, queued_at, started_at, ended_at, outcome, failure }) => {
    const event = (at: string | null, state: string, detail: string | null = null): RunEvent[] =>
      at === null ? [] : [{ key: `${node} ${attempt} ${state}`, at, node, state, attempt, detail }];
    return [
      ...event(queued_at, "ready"),
      ...event(started_at, "running"),
      ...event(ended_at, outcome, failure?.message ?? null),
    ];
  });
  // Restored, skipped, cancelled while it waited: no attempt tells of it.
  const isTold = attempts.some(({ attempt, ended_at }) => attempt === newest && ended_at !== null);
  if (finished_at !== null && !isTold)
    events.push({ key: `${node} end`, at: finished_at, node, state, attempt: null, detail: reason });
  return events;
}

function ofFacts(heard: HeardFacts, run: RunDetail): RunEvent[] {
  let before: string | null = null;
  return heard.flatMap(({ seq, at, state, nodes }) => {
    const events = nodes.map(
      (change, place): RunEvent => ({
        key: `fact ${seq} ${place} ${change.node}`,
        at,
        node: change.node,
        state: change.state,
        attempt: change.attempt > 0 ? change.attempt : null,
        detail: change.reason,
      }),
    );
    // The first fact says how the run stands, not that this is new; an end is always news.
    const isNews = before === null ? run.finished_at !== null && state === run.state : before !== state;
    before = state;
    if (isNews) events.push({ key: `run fact ${seq}`, at, node: null, state, attempt: null, detail: null });
    return events;
  });
}
