import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { isProblem } from "@/api/problems";
import type { FileCreate } from "@/api/schema";

export const fileKeys = { all: ["files"] as const, list: ["files", "list"] as const };

const PAGE = 200;
/** Of a larger catalogue the latest are loaded; the palette's search finds all. */
const MOST = 2000;

/** Every version of every file of the team, latest first. */
export function filesQuery() {
  return queryOptions({
    queryKey: fileKeys.list,
    queryFn: async ({ signal }) => {
      const found = [];
      let cursor: string | undefined;
      do {
        const query = { limit: PAGE, cursor };
        const page = body(await api.GET("/api/v1/files", { params: { query }, signal }));
        found.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined && found.length < MOST);
      return found;
    },
  });
}

export async function createFile(file: FileCreate) {
  return body(await api.POST("/api/v1/files", { body: file }));
}

/** `null`: the team has no such bytes. */
export function artifactQuery(digest: string) {
  return queryOptions({
    queryKey: ["artifacts", digest, "entry"],
    queryFn: async ({ signal }) => {
      try {
        return body(await api.GET("/api/v1/artifacts/{digest}", { params: { path: { digest } }, signal }));
      } catch (error) {
        if (isProblem(error, "not_found")) return null;
        throw error;
      }
    },
  });
}

/** Older runs are looked through page by page, for as long as somebody wants to know. */
export function lineagePagesQuery(digest: string) {
  return infiniteQueryOptions({
    queryKey: ["artifacts", digest, "lineage", "pages"],
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/artifacts/{digest}/lineage", {
          params: { path: { digest }, query: { cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}
