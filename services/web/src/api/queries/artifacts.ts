import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { Form, paths } from "@/api/schema";

type Answers = paths["/api/v1/artifacts/{digest}/preview"]["get"]["responses"];
/** By `kind`. */
export type PreviewView = Answers[200]["content"]["application/json"];
export type Look = { as?: Form; member?: string; from?: number; limit?: number; rows?: number };

/** The bytes never change under their digest; but the addresses in a preview are good for minutes only. */
export function previewQuery(digest: string, look: Look = {}) {
  return queryOptions({
    queryKey: ["artifacts", digest, "preview", look],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/artifacts/{digest}/preview", {
          params: { path: { digest }, query: look },
          signal,
        }),
      ),
    staleTime: 4 * 60_000,
  });
}

export function downloadUrl(digest: string, filename?: string): string {
  const query = filename === undefined ? "" : `?filename=${encodeURIComponent(filename)}`;
  return `/api/v1/artifacts/${digest}/download${query}`;
}
