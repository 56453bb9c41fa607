import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { NodeView, PoolTokenCreate } from "@/api/schema";

export const poolKeys = {
  pools: ["pools"] as const,
  workers: ["workers"] as const,
  waiting: (pool: string) => ["pools", pool, "waiting"] as const,
};

export function poolsQuery() {
  return queryOptions({
    queryKey: poolKeys.pools,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/pools", { signal })),
  });
}

export function workersQuery() {
  return queryOptions({
    queryKey: poolKeys.workers,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/workers", { signal })),
  });
}

/** Its answer is shown once: the platform does not keep the token. */
export async function createPoolToken(wanted: PoolTokenCreate) {
  return body(await api.POST("/api/v1/pools/tokens", { body: wanted }));
}

/** Runs that are looked through, the newest first, and nodes of each. */
export const RUNS_SEARCHED = 20;
const NODES_SEARCHED = 200;
const WAITING: ReadonlySet<string> = new Set(["ready", "backoff"]);

/** Nodes that wait in a pool. The platform keeps no such list: they are read off the runs that are under way. */
export function waitingNodesQuery(pool: string) {
  return queryOptions({
    queryKey: poolKeys.waiting(pool),
    queryFn: async ({ signal }): Promise<NodeView[]> => {
      const query = { state: ["running" as const], limit: RUNS_SEARCHED };
      const runs = body(await api.GET("/api/v1/runs", { params: { query }, signal })).items;
      const pages = await Promise.all(
        runs.map(async ({ id }) =>
          body(
            await api.GET("/api/v1/runs/{run_id}/nodes", {
              params: { path: { run_id: id }, query: { limit: NODES_SEARCHED } },
              signal,
            }),
          ),
        ),
      );
      const nodes = pages.flatMap((page) => page.items);
      return nodes.filter((node) => node.pool === pool && WAITING.has(node.state));
    },
  });
}
