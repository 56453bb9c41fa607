export const operations = {
  "code.hint": "Tab indents. To leave the editor, press Escape and then Tab.",
  "code.hint.read": "To read only.",
} as const satisfies Record<string, string>;
