import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export function meQuery() {
  return queryOptions({
    queryKey: ["me"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/me", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function searchQuery(q: string) {
  return queryOptions({
    queryKey: ["search", q],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/search", { params: { query: { q, limit: 20 } }, signal })),
    enabled: q.trim() !== "",
  });
}
