/** Regular expressions of the platform (Python's) in the browser, as far as both mean the same. */

export const LONGEST_MATCHED_TEXT = 4096;
/** Repeats a repetition: may take for ever, and validation refuses the declaration. */
export const NESTED_REPEAT = /(?:(?<!\\)[+*]|,\})[?+]?\)(?:[+*]|\{[0-9]+,\})/;

/** Does the whole text match? `null`: only the platform can tell. */
export function matches(pattern: string, text: string): boolean | null {
  if (NESTED_REPEAT.test(pattern) || meansAnotherThing(pattern, text)) {
    return null;
  }
  const found = translated(pattern);
  return found ? found.test(text) : null;
}

const cache = new Map<string, RegExp | null>();
const MOST_CACHED = 500;

function translated(pattern: string): RegExp | null {
  const known = cache.get(pattern);
  if (known !== undefined) {
    return known;
  }
  if (cache.size >= MOST_CACHED) {
    cache.clear();
  }
  const made = compiled(pattern);
  cache.set(pattern, made);
  return made;
}

function compiled(pattern: string): RegExp | null {
  const flag = /^\(\?i\)/.test(pattern) ? "i" : "";
  const source = pattern
    .replace(/^\(\?i\)/, "")
    .replace(/\(\?P</g, "(?<")
    .replace(/\(\?P=([A-Za-z_]\w*)\)/g, "\\k<$1>")
    .replace(/(?<!\\)\\A/g, "^")
    .replace(/(?<!\\)\\Z/g, "$");
  try {
    return new RegExp(`^(?:${source})$`, flag);
  } catch {
    // Legal in Python only, or nowhere: the platform says which.
    return null;
  }
}

/** Letters beyond ASCII and unusual line breaks: the languages differ in what dots and classes such as `\w` take. */
function meansAnotherThing(pattern: string, text: string): boolean {
  const ascii = /^[\n\x20-\x7e\t]*$/.test(text);
  return !ascii && /\.|\\[wdsb]|\[\^|\(\?/i.test(pattern);
}
