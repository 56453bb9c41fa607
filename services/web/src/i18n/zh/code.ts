import type { code as source } from "@/i18n/en/code";

export const code: Record<keyof typeof source, string> = {
  "source.hint": "按 Tab 键缩进。要离开编辑器，请先按 Escape 再按 Tab。",
  "source.hint.read": "只读。",
  "bool.true": "是",
  "bool.false": "否",
};
