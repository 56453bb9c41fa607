import type { operations as source } from "@/i18n/en/operations";

export const operations: Record<keyof typeof source, string> = {};
