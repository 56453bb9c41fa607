/** Demand next to capacity, as shares of one bar that holds the larger of the two. */

import type { PoolView } from "@/api/schema";

export type Share = { readonly part: "running" | "ready" | "free"; readonly count: number };
export type Demand = {
  readonly shares: readonly Share[];
  /** Of the bar, in per cent: here the capacity ends. */
  readonly capacityAt: number;
  /** Slots that are missing for everything that could run now. */
  readonly missing: number;
};

export function demandOf({ slots, running, ready }: Pick<PoolView, "slots" | "running" | "ready">): Demand {
  const demand = running + ready;
  const whole = Math.max(slots, demand);
  const free = Math.max(0, slots - demand);
  const shares: Share[] = [
    { part: "running", count: running },
    { part: "ready", count: ready },
    { part: "free", count: free },
  ];
  return {
    shares: shares.filter((share) => share.count > 0),
    capacityAt: whole === 0 ? 0 : (100 * slots) / whole,
    missing: Math.max(0, demand - slots),
  };
}
