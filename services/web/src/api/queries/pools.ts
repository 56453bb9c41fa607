import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const poolKeys = { pools: ["pools"] as const, workers: ["workers"] as const };

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
