/** "Did you mean …?" */

const MOST_COMPARED = 2000;
const LONGEST_COMPARED = 100;

/** Known words by likeness; nothing if none is alike: at most a third of the letters differ. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(Math.min(word.length, LONGEST_COMPARED) / 3) + 1;
  let compared = 0;
  for (const candidate of known) {
    compared += 1;
    if (compared > MOST_COMPARED || word.length > LONGEST_COMPARED) {
      return undefined;
    }
    const distance = Math.abs(candidate.length - word.length) < least ? editDistance(word, candidate) : least;
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Letters to insert, remove or replace. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, against] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
