import type { editor as source } from "@/i18n/en/editor";

export const editor: Record<keyof typeof source, string> = {};
