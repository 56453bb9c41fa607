import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body, etagOf } from "@/api/client";
import type { Graph, RunCreate, Target } from "@/api/schema";

export const graphKeys = {
  lists: ["graphs", "list"] as const,
  detail: (graph: string) => ["graphs", graph, "detail"] as const,
  history: (graph: string) => ["graphs", graph, "history"] as const,
};

export function graphsQuery() {
  return infiniteQueryOptions({
    queryKey: graphKeys.lists,
    queryFn: async ({ pageParam, signal }) =>
      body(await api.GET("/api/v1/graphs", { params: { query: { limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** With the revision that the next save must name. */
export function graphQuery(graph_id: string) {
  return queryOptions({
    queryKey: graphKeys.detail(graph_id),
    queryFn: async ({ signal }) => {
      const answer = await api.GET("/api/v1/graphs/{graph_id}", { params: { path: { graph_id } }, signal });
      return { ...body(answer), etag: etagOf(answer) };
    },
    // The editor owns the document while it is open: a refetch must not replace what somebody is drawing.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export async function createGraph(graph: Graph) {
  return body(await api.POST("/api/v1/graphs", { body: graph }));
}

/** Throws a `ProblemError` with the code `stale_revision` where somebody else has saved in between. */
export async function saveGraph(graph_id: string, graph: Graph, etag: string) {
  const answer = await api.PUT("/api/v1/graphs/{graph_id}", {
    params: { path: { graph_id }, header: { "if-match": etag } },
    body: graph,
  });
  return { ...body(answer), etag: etagOf(answer) };
}

export async function deleteGraph(graph_id: string, etag: string) {
  await api.DELETE("/api/v1/graphs/{graph_id}", {
    params: { path: { graph_id }, header: { "if-match": etag } },
  });
}

export async function cloneGraph(graph_id: string) {
  return body(await api.POST("/api/v1/graphs/{graph_id}/clone", { params: { path: { graph_id } } }));
}

export async function importGraph(yaml: string) {
  return body(
    await api.POST("/api/v1/graphs/import", {
      // The document says what a graph is; on the way it is text.
      body: yaml as unknown as Graph,
      bodySerializer: (text) => text,
      headers: { "content-type": "application/yaml" },
    }),
  );
}

export async function validateGraph(graph: Graph) {
  return body(await api.POST("/api/v1/graphs/validate", { body: { ...graph } }));
}

/** What a run would execute, restore and wait for, without starting it. */
export async function planGraph(run: RunCreate) {
  return body(await api.POST("/api/v1/graphs/plan", { body: run }));
}

/** The graph with newer operations, and everything that this changes; nothing is saved. */
export async function previewUpgrade(graph: Graph, to: Target) {
  return body(await api.POST("/api/v1/graphs/upgrade", { params: { query: { to } }, body: graph }));
}

/** As it is saved at this moment, past the cache: for whoever must compare. */
export async function readGraphNow(graph_id: string) {
  const answer = await api.GET("/api/v1/graphs/{graph_id}", { params: { path: { graph_id } } });
  return { ...body(answer), etag: etagOf(answer) };
}
