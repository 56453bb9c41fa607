/** What differs between two texts, with a little of what is around it. */

export interface Line {
  readonly side: "both" | "mine" | "theirs";
  readonly text: string;
}

const AROUND = 2;
/** Tables grow with the square: longer texts are compared after what is equal at both ends is taken away, or not at all. */
const LARGEST_TABLE = 4_000_000;

export function differingLines(theirs: string, mine: string): Line[] {
  const [old, now] = [theirs.split("\n"), mine.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail += 1;
  }
  const middle = compared(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const both = (text: string): Line => ({ side: "both", text });
  return nearChanges([...old.slice(0, head).map(both), ...middle, ...old.slice(old.length - tail).map(both)]);
}

function compared(old: readonly string[], now: readonly string[]): Line[] {
  const theirs = old.map((text): Line => ({ side: "theirs", text }));
  const mine = now.map((text): Line => ({ side: "mine", text }));
  if (old.length * now.length > LARGEST_TABLE) return [...theirs, ...mine];
  const common = commonLengths(old, now);
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < old.length && column < now.length) {
    if (old[row] === now[column]) {
      lines.push({ side: "both", text: old[row] ?? "" });
      row += 1;
      column += 1;
    } else if ((common[row + 1]?.[column] ?? 0) >= (common[row]?.[column + 1] ?? 0)) {
      lines.push(...theirs.slice(row, row + 1));
      row += 1;
    } else {
      lines.push(...mine.slice(column, column + 1));
      column += 1;
    }
  }
  return [...lines, ...theirs.slice(row), ...mine.slice(column)];
}

/** Of the longest common sequence of lines, from each place on. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let row = old.length - 1; row >= 0; row -= 1) {
    const [here, below] = [table[row], table[row + 1]];
    if (!here || !below) continue;
    for (let column = now.length - 1; column >= 0; column -= 1) {
      here[column] =
        old[row] === now[column]
          ? (below[column + 1] ?? 0) + 1
          : Math.max(below[column] ?? 0, here[column + 1] ?? 0);
    }
  }
  return table;
}

function nearChanges(lines: readonly Line[]): Line[] {
  const near = new Set<number>();
  lines.forEach(({ side }, place) => {
    if (side === "both") return;
    for (let at = place - AROUND; at <= place + AROUND; at += 1) near.add(at);
  });
  return lines.filter((_, place) => near.has(place));
}
