import type { runs as source } from "@/i18n/en/runs";

export const runs: Record<keyof typeof source, string> = {};
