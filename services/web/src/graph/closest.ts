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

/** Letters to insert, remove or replace, or neighbours to swap. */
function editDistance(one: string, other: string): number {
  let earlier: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let line = 0; line < one.length; line += 1) {
    const next = [line + 1];
    for (let column = 0; column < other.length; column += 1) {
      const isSame = one[line] === other[column];
      const isSwap =
        line > 0 && column > 0 && one[line] === other[column - 1] && one[line - 1] === other[column];
      next.push(
        Math.min(
          at(row, column) + (isSame ? 0 : 1),
          at(row, column + 1) + 1,
          at(next, column) + 1,
          isSwap ? at(earlier, column - 1) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    earlier = row;
    row = next;
  }
  return at(row, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
