import type { editor as source } from "@/i18n/en/editor";
import { canvas } from "@/i18n/zh/canvas";

export const editor: Record<keyof typeof source, string> = { ...canvas };
