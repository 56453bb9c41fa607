export type HexLine = { readonly offset: string; readonly hex: string; readonly text: string };

const ACROSS = 16;

/** The first bytes as programs for it show them: offset, sixteen bytes in two groups, and what can be read of them. */
export function hexLines(head: string): HexLine[] {
  const bytes = head.match(/../g) ?? [];
  return Array.from({ length: Math.ceil(bytes.length / ACROSS) }, (_, row) => {
    const line = bytes.slice(row * ACROSS, (row + 1) * ACROSS);
    return {
      offset: (row * ACROSS).toString(16).padStart(8, "0"),
      hex: `${line.slice(0, 8).join(" ")}  ${line.slice(8).join(" ")}`.trimEnd(),
      text: line.map(readable).join(""),
    };
  });
}

function readable(byte: string): string {
  const code = Number.parseInt(byte, 16);
  return code >= 32 && code < 127 ? String.fromCharCode(code) : "·";
}
