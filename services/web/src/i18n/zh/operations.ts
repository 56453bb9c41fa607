import type { operations as english } from "@/i18n/en/operations";

export const operations: Record<keyof typeof english, string> = {
  "code.hint": "按 Tab 键缩进。要离开编辑器，请先按 Escape 再按 Tab。",
  "code.hint.read": "只读。",
};
