/** The code editor, and kinds and types that several screens name. */
export const code = {
  "source.hint": "Tab indents. To leave the editor, press Escape and then Tab.",
  "source.hint.read": "To read only.",
  "bool.true": "Yes",
  "bool.false": "No",
} as const satisfies Record<string, string>;
