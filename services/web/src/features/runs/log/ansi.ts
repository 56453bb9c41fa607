/** Terminal colours in a line of text: what to show, and in which style. Pure. */

export type Style = {
  readonly color?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly faint?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
  readonly struck?: boolean;
};

/** `start` and `end`: of the plain text. */
export type Span = { readonly start: number; readonly end: number; readonly style: Style };
export type AnsiLine = { readonly text: string; readonly spans: readonly Span[]; readonly style: Style };

export const PLAIN: Style = Object.freeze({});

// Colours and other CSI sequences, operating system commands (titles, links) and two-character escapes; and what else
// a terminal would not show.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /\x1b\[([0-9;:]*)([ -/]*[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_()#][0-9A-Z]?|[\x00-\x08\x0b-\x1f\x7f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const SUSPECT = /[\x00-\x08\x0b-\x1f\x7f]/;

/** `style`: what the lines before have left switched on. */
export function parseAnsi(line: string, style: Style = PLAIN): AnsiLine {
  if (!SUSPECT.test(line)) {
    const spans = style === PLAIN || line === "" ? [] : [{ start: 0, end: line.length, style }];
    return { text: line, spans, style };
  }
  const spans: Span[] = [];
  let text = "";
  let current = style;
  let from = 0;
  const add = (piece: string) => {
    if (piece !== "" && current !== PLAIN)
      spans.push({ start: text.length, end: text.length + piece.length, style: current });
    text += piece;
  };
  for (const found of line.matchAll(ESCAPES)) {
    add(line.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === "m") current = styled(current, found[1] ?? "");
  }
  add(line.slice(from));
  return { text, spans, style: current };
}

const ON: Readonly<Record<number, Style>> = {
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { struck: true },
};
const OFF: Readonly<Record<number, readonly (keyof Style)[]>> = {
  22: ["bold", "faint"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["struck"],
  39: ["color"],
  49: ["background"],
};

function styled(style: Style, codes: string): Style {
  const numbers = codes.split(/[;:]/).map(Number);
  let now: Style = style;
  for (let place = 0; place < numbers.length; place++) {
    const code = numbers[place] ?? 0;
    if (code === 38 || code === 48) {
      const { color, used } = extended(numbers, place + 1);
      place += used;
      if (color !== null) now = { ...now, [code === 38 ? "color" : "background"]: color };
    } else {
      now = simple(now, code);
    }
  }
  return Object.keys(now).length === 0 ? PLAIN : now;
}

function simple(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  const on = ON[code];
  if (on !== undefined) return { ...style, ...on };
  const off = OFF[code];
  if (off !== undefined)
    return Object.fromEntries(Object.entries(style).filter(([name]) => !off.includes(name as keyof Style)));
  if (code >= 30 && code <= 37) return { ...style, color: token(code - 30) };
  if (code >= 90 && code <= 97) return { ...style, color: token(code - 82) };
  if (code >= 40 && code <= 47) return { ...style, background: token(code - 40) };
  if (code >= 100 && code <= 107) return { ...style, background: token(code - 92) };
  return style;
}

/** Of 256 colours, or of all of them; the first sixteen are the theme's own. */
function extended(numbers: readonly number[], from: number): { color: string | null; used: number } {
  if (numbers[from] === 5) return { color: indexed(numbers[from + 1] ?? -1), used: 2 };
  if (numbers[from] !== 2) return { color: null, used: 0 };
  const [red = 0, green = 0, blue = 0] = numbers.slice(from + 1, from + 4);
  return { color: `rgb(${red} ${green} ${blue})`, used: 4 };
}

function indexed(index: number): string | null {
  if (!Number.isInteger(index) || index < 0 || index > 255) return null;
  if (index < 16) return token(index);
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

function token(index: number): string {
  return `var(--ansi-${index})`;
}
