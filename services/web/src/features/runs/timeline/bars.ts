/** Bars of a timeline: what each attempt of each node did, in seconds from the run's start. Pure. */

import type { AttemptTimes, TimelineView } from "@/api/schema";

export type BarKind = "queued" | "preparing" | "running" | "finishing" | "failed" | "lost" | "open";
export type Bar = { readonly kind: BarKind; readonly from: number; readonly until: number };
export type AttemptBars = {
  readonly attempt: number;
  readonly outcome: string;
  readonly bars: readonly Bar[];
};
export type Row = {
  readonly node: string;
  readonly state: string;
  readonly isCritical: boolean;
  /** Retries are stacked: one below the other. */
  readonly attempts: readonly AttemptBars[];
};
export type Bars = { readonly rows: readonly Row[]; readonly length: number };

/** `now`: seconds since the answer was made, for what is still open. */
export function barsOf(timeline: TimelineView, now = 0): Bars {
  const start = Date.parse(timeline.created_at ?? timeline.started_at ?? timeline.as_of);
  const second = (at: string) => (Date.parse(at) - start) / 1000;
  const isOver = timeline.finished_at !== null;
  const end = second(timeline.finished_at ?? timeline.as_of) + (isOver ? 0 : now);
  const critical = new Set(timeline.critical_path.map(({ node }) => node));
  const rows = timeline.nodes.map(
    (node): Row => ({
      node: node.node,
      state: node.state,
      isCritical: critical.has(node.node),
      attempts: node.attempts.map((attempt) => barsOfAttempt(attempt, second, end)),
    }),
  );
  const ends = rows.flatMap(({ attempts }) => attempts.flatMap(({ bars }) => bars.map(({ until }) => until)));
  return { rows, length: ends.reduce((longest, until) => Math.max(longest, until), Math.max(end, 0.001)) };
}

function barsOfAttempt(attempt: AttemptTimes, second: (at: string) => number, end: number): AttemptBars {
  const { queued_at, started_at, ended_at, outcome } = attempt;
  const until = ended_at === null ? end : second(ended_at);
  const begun = started_at === null ? null : second(started_at);
  const bars: Bar[] = [];
  if (queued_at !== null) bars.push({ kind: "queued", from: second(queued_at), until: begun ?? until });
  if (begun !== null) bars.push(...working(attempt, begun, until));
  return { attempt: attempt.attempt, outcome, bars: bars.filter((bar) => bar.until > bar.from) };
}

/** Its worker's own times, where it has said them, fitted between the moments that the scheduler knows. */
function working({ phases, outcome, ended_at }: AttemptTimes, begun: number, until: number): Bar[] {
  if (phases === null) {
    const kind =
      ended_at === null
        ? "open"
        : outcome === "succeeded"
          ? "running"
          : outcome === "lost"
            ? "lost"
            : "failed";
    return [{ kind, from: begun, until }];
  }
  const { preparing = 0, running = 0, finishing = 0 } = phases;
  const ran = Math.max(begun, until - finishing);
  const started = Math.min(Math.max(begun + preparing, begun), Math.max(begun, ran - running));
  return [
    { kind: "preparing", from: begun, until: started },
    { kind: "running", from: started, until: ran },
    { kind: "finishing", from: ran, until },
  ];
}

const NICE = [1, 2, 5];

/** Round moments for an axis, `most` of them at most. */
export function ticksOf(length: number, most: number): number[] {
  const least = length / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = stepOf(least, power);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

function stepOf(least: number, power: number): number {
  const minutes = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  if (least > 5) return minutes.find((step) => step >= least) ?? Math.ceil(least / 86_400) * 86_400;
  return (NICE.find((nice) => nice * power >= least) ?? 10) * power;
}
