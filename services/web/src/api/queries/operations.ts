import { queryOptions } from "@tanstack/react-query";
import { api, body, etagOf } from "@/api/client";
import type { Cloning, Operation } from "@/api/schema";

export const operationKeys = {
  all: ["operations"] as const,
  lists: ["operations", "list"] as const,
  catalogue: ["operations", "list", "catalogue"] as const,
  detail: (ref: string) => ["operations", ref, "detail"] as const,
  versions: (team: string, name: string) => ["operations", `${team}/${name}`, "versions"] as const,
  usage: (ref: string) => ["operations", ref, "usage"] as const,
};

const PAGE = 200;
/** Of a larger catalogue the latest are loaded; the palette's search finds all. */
const LARGEST_CATALOGUE = 2000;

type Place = { team: string; name: string; version: number };

/** The parts of `team/name@version`; `null` if it is none. */
export function placeOf(ref: string): Place | null {
  const [, team, name, version] = /^([^/@]+)\/([^/@]+)@(\d+)$/.exec(ref) ?? [];
  return team !== undefined && name !== undefined ? { team, name, version: Number(version) } : null;
}

function pathOf(ref: string): Place {
  const place = placeOf(ref);
  if (place === null) throw new Error(`'${ref}' is not the name of an operation: it is 'team/name@version'`);
  return place;
}

/** Every version of every operation and file of the team, latest change first. */
export function catalogueQuery() {
  return queryOptions({
    queryKey: operationKeys.catalogue,
    queryFn: async ({ signal }) => {
      const found = [];
      let cursor: string | undefined;
      do {
        const query = { limit: PAGE, cursor };
        const page = body(await api.GET("/api/v1/operations", { params: { query }, signal }));
        found.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined && found.length < LARGEST_CATALOGUE);
      return found;
    },
  });
}

/** With the revision that the next change must name. */
export function operationQuery(ref: string) {
  return queryOptions({
    queryKey: operationKeys.detail(ref),
    queryFn: async ({ signal }) => {
      const answer = await api.GET("/api/v1/operations/{team}/{name}@{version}", {
        params: { path: pathOf(ref) },
        signal,
      });
      return { ...body(answer), etag: etagOf(answer) };
    },
  });
}

export function versionsQuery(team: string, name: string) {
  return queryOptions({
    queryKey: operationKeys.versions(team, name),
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/operations/{team}/{name}/versions", {
          params: { path: { team, name } },
          signal,
        }),
      ).items,
  });
}

export function usageQuery(ref: string) {
  return queryOptions({
    queryKey: operationKeys.usage(ref),
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/operations/{team}/{name}@{version}/usage", {
          params: { path: pathOf(ref) },
          signal,
        }),
      ),
  });
}

export async function createOperation(operation: Operation) {
  const answer = await api.POST("/api/v1/operations", { body: operation });
  return { ...body(answer), etag: etagOf(answer) };
}

/** Throws a `ProblemError` with the code `stale_revision` where somebody else has saved in between. */
export async function saveOperation(ref: string, operation: Operation, etag: string) {
  const answer = await api.PUT("/api/v1/operations/{team}/{name}@{version}", {
    params: { path: pathOf(ref), header: { "if-match": etag } },
    body: operation,
  });
  return { ...body(answer), etag: etagOf(answer) };
}

export async function deleteOperation(ref: string, etag: string) {
  await api.DELETE("/api/v1/operations/{team}/{name}@{version}", {
    params: { path: pathOf(ref), header: { "if-match": etag } },
  });
}

export async function approveOperation(ref: string, etag: string) {
  const answer = await api.POST("/api/v1/operations/{team}/{name}@{version}/approve", {
    params: { path: pathOf(ref), header: { "if-match": etag } },
  });
  return { ...body(answer), etag: etagOf(answer) };
}

export async function deprecateOperation(ref: string, successor: string | null, etag: string) {
  const answer = await api.POST("/api/v1/operations/{team}/{name}@{version}/deprecate", {
    params: { path: pathOf(ref), header: { "if-match": etag } },
    body: { successor },
  });
  return { ...body(answer), etag: etagOf(answer) };
}

export async function retireOperation(ref: string, etag: string) {
  const answer = await api.POST("/api/v1/operations/{team}/{name}@{version}/retire", {
    params: { path: pathOf(ref), header: { "if-match": etag } },
  });
  return { ...body(answer), etag: etagOf(answer) };
}

/** A draft: the next version of the same name, or version 1 of another. */
export async function cloneOperation(ref: string, as: Cloning = {}) {
  return body(
    await api.POST("/api/v1/operations/{team}/{name}@{version}/clone", {
      params: { path: pathOf(ref) },
      body: as,
    }),
  );
}

/** The script that a worker would execute. */
export function operationPreviewQuery(operation: Operation, parameters: Record<string, unknown> = {}) {
  return queryOptions({
    queryKey: ["operations", "preview", operation, parameters],
    queryFn: async ({ signal }) =>
      body(await api.POST("/api/v1/operations/preview", { body: { operation, parameters }, signal })),
    gcTime: 60_000,
  });
}

/** Everything that is wrong with it, its script included. */
export function operationVerdictQuery(operation: Operation) {
  return queryOptions({
    queryKey: ["operations", "verdict", operation],
    queryFn: async ({ signal }) => validateOperation(operation, signal),
    gcTime: 60_000,
  });
}

export async function validateOperation(operation: Operation, signal?: AbortSignal) {
  return body(
    await api.POST("/api/v1/operations/validate", { body: operation as Record<string, unknown>, signal }),
  );
}
