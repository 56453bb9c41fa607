import { useDeferredValue, useMemo, useState } from "react";
import type { Finding } from "./LogToolbar";
import { LogSearch } from "./search";
import type { LogView } from "./session";

/** What is searched for in a log, and at which of the found lines one is. */
export function useFinding(view: LogView, goTo: (line: number) => void) {
  const [query, setQuery] = useState("");
  const [line, setLine] = useState<number>();
  const soon = useDeferredValue(query);
  const { buffer, tail } = view;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another log is searched from its beginning
  const search = useMemo(() => (soon === "" ? null : new LogSearch(soon)), [soon, buffer]);
  search?.update(buffer, tail.state === "sealed");
  const found = search?.found ?? [];
  const place = line === undefined ? -1 : found.indexOf(line);
  const step = (by: 1 | -1) => {
    if (search === null || found.length === 0) return;
    const next = place < 0 ? search.atOrAfter(line ?? 1) : (place + by + found.length) % found.length;
    const target = found[next];
    if (target === undefined) return;
    setLine(target);
    goTo(target);
  };
  const finding: Finding = { query, place: Math.max(0, place), total: found.length };
  return { finding, query: soon, line: place < 0 ? undefined : line, search: setQuery, step };
}
