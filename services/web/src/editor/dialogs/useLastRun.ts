import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { runQuery, runsQuery } from "@/api/queries/runs";
import type { RunDetail } from "@/api/schema";

/** Of this graph, with the parameters it was given; `null` where there is none, or it is not known yet. */
export function useLastRun(graph: string): RunDetail | null {
  const { data } = useInfiniteQuery(runsQuery({ graph_id: graph }));
  const last = data?.pages[0]?.items[0]?.id;
  const { data: run } = useQuery({ ...runQuery(last ?? ""), enabled: last !== undefined });
  return run ?? null;
}
