/** The canvas: of the editor, and of a run. */
export const canvas = {
  "canvas.fit": "Fit all in view",
  "canvas.zoom_in": "Zoom in",
  "canvas.zoom_out": "Zoom out",
  "canvas.map": "Overview map",
  "canvas.attempt": "attempt {number}",
  "canvas.origin": "Origin",
  "canvas.more": "+ {count} more",
  "canvas.bound.parameter": "Takes its value from the graph’s parameter",
  "canvas.bound.output": "Takes its value from an output",
  "canvas.port.hint": "{name}: {types}",
  "canvas.port.gone": "{name}: the operation no longer has this",
  "canvas.port.after": "Waits for: drop an order-only link here",
  "canvas.port.before": "Goes first: drag an order-only link from here",

  "plan.stored": "File",
  "plan.restored": "Restored",
  "plan.reused": "Reused",
  "plan.executed": "Will run",
  "plan.depends": "Depends",
} as const satisfies Record<string, string>;
