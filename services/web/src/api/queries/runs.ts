import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { HeardFacts, Outlines } from "@/api/runFacts";
import type { NodeView, PreviewRequest, RunCreate, RunRerun, RunState } from "@/api/schema";

export type RunFilter = { state?: RunState[]; graph_id?: string };

/** Cannot be the id of a node. */
const ALL = "*";

export const runKeys = {
  all: ["runs"] as const,
  lists: ["runs", "list"] as const,
  list: (filter: RunFilter) => ["runs", "list", filter] as const,
  detail: (run: string) => ["runs", run, "detail"] as const,
  graph: (run: string) => ["runs", run, "graph"] as const,
  outlines: (run: string) => ["runs", run, "outlines"] as const,
  heard: (run: string) => ["runs", run, "heard"] as const,
  timeline: (run: string) => ["runs", run, "timeline"] as const,
  nodes: (run: string) => ["runs", run, "nodes"] as const,
  node: (run: string, node: string) => ["runs", run, "nodes", node] as const,
};

export function runsQuery(filter: RunFilter = {}) {
  return infiniteQueryOptions({
    queryKey: runKeys.list(filter),
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/runs", {
          params: { query: { ...filter, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function runQuery(run_id: string) {
  return queryOptions({
    queryKey: runKeys.detail(run_id),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id } }, signal })),
  });
}

/** The immutable snapshot of what is run: nodes with positions, and the operations they use. */
export function runGraphQuery(run_id: string) {
  return queryOptions({
    queryKey: runKeys.graph(run_id),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/runs/{run_id}/graph", { params: { path: { run_id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Filled by live facts (`useLiveRun`), never fetched. */
export function outlinesQuery(run: string) {
  return queryOptions({
    queryKey: runKeys.outlines(run),
    queryFn: (): Outlines => ({}),
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

/** The facts of a run that this tab has heard; filled by `useLiveRun`, never fetched. */
export function heardQuery(run: string) {
  return queryOptions({
    queryKey: runKeys.heard(run),
    queryFn: (): HeardFacts => [],
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
  });
}

export type NodeRecords = Readonly<Record<string, NodeView>>;
const MOST_NODES = 200;

/** Of all nodes what was true when it was asked for: since when, and where restored ones come from. */
export function nodeRecordsQuery(run_id: string) {
  return queryOptions({
    queryKey: [...runKeys.nodes(run_id), ALL],
    queryFn: async ({ signal }): Promise<NodeRecords> => {
      const records: Record<string, NodeView> = {};
      let cursor: string | undefined;
      do {
        const page = body(
          await api.GET("/api/v1/runs/{run_id}/nodes", {
            params: { path: { run_id }, query: { limit: MOST_NODES, ...(cursor && { cursor }) } },
            signal,
          }),
        );
        for (const node of page.items) records[node.node] = node;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return records;
    },
    structuralSharing: false,
  });
}

/** The script of an operation with its parameters in place, as the worker would execute it. */
export function scriptQuery(key: readonly string[], request: PreviewRequest) {
  return queryOptions({
    queryKey: ["operations", "preview", ...key],
    queryFn: async ({ signal }) =>
      body(await api.POST("/api/v1/operations/preview", { body: request, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function nodeQuery(run_id: string, node_id: string) {
  return queryOptions({
    queryKey: [...runKeys.node(run_id, node_id), "detail"],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/runs/{run_id}/nodes/{node_id}", {
          params: { path: { run_id, node_id } },
          signal,
        }),
      ),
  });
}

export function explanationQuery(run_id: string, node_id: string) {
  return queryOptions({
    queryKey: [...runKeys.node(run_id, node_id), "explanation"],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/runs/{run_id}/nodes/{node_id}/explain", {
          params: { path: { run_id, node_id } },
          signal,
        }),
      ),
  });
}

export function outputsQuery(run_id: string, node_id: string) {
  return queryOptions({
    queryKey: [...runKeys.node(run_id, node_id), "outputs"],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/runs/{run_id}/nodes/{node_id}/outputs", {
          params: { path: { run_id, node_id } },
          signal,
        }),
      ),
  });
}

export function timelineQuery(run_id: string) {
  return queryOptions({
    queryKey: runKeys.timeline(run_id),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/runs/{run_id}/timeline", { params: { path: { run_id } }, signal })),
  });
}

/** The key makes a second press of the button, or a repeated request, the same run. */
export async function createRun(run: RunCreate, key: string) {
  return body(await api.POST("/api/v1/runs", { params: { header: { "idempotency-key": key } }, body: run }));
}

export async function cancelRun(run_id: string) {
  return body(await api.POST("/api/v1/runs/{run_id}/cancel", { params: { path: { run_id } } }));
}

export async function rerunRun(run_id: string, rerun: RunRerun, key: string) {
  return body(
    await api.POST("/api/v1/runs/{run_id}/rerun", {
      params: { path: { run_id }, header: { "idempotency-key": key } },
      body: rerun,
    }),
  );
}

export async function rerunFrom(run_id: string, node_id: string, key: string) {
  return body(
    await api.POST("/api/v1/runs/{run_id}/nodes/{node_id}/rerun", {
      params: { path: { run_id, node_id }, header: { "idempotency-key": key } },
      body: {},
    }),
  );
}

export async function cloneRun(run_id: string) {
  return body(await api.POST("/api/v1/runs/{run_id}/clone", { params: { path: { run_id } } }));
}
