import type { canvas as source } from "@/i18n/en/canvas";

export const canvas: Record<keyof typeof source, string> = {
  "canvas.fit": "适应视图",
  "canvas.zoom_in": "放大",
  "canvas.zoom_out": "缩小",
  "canvas.map": "缩略图",
  "canvas.attempt": "第 {number} 次尝试",
  "canvas.origin": "来源",
  "canvas.more": "另有 {count} 个",
  "canvas.bound.parameter": "取值于图的参数",
  "canvas.bound.output": "取值于输出",
  "canvas.port.hint": "{name}：{types}",
  "canvas.port.gone": "{name}：该操作已没有此端口",
  "canvas.port.after": "等待：将仅顺序链接拖放到此处",
  "canvas.port.before": "先行：从此处拖出仅顺序链接",

  "plan.stored": "文件",
  "plan.restored": "已恢复",
  "plan.reused": "复用",
  "plan.executed": "将执行",
  "plan.depends": "取决于上游",
};
