import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { graphsQuery } from "@/api/queries/graphs";
import type { RunView } from "@/api/schema";
import type { RunAct } from "@/features/runs/rerunning";
import { useTexts } from "@/i18n";
import { useShortcuts } from "@/ui/shortcuts";
import { RunRow } from "./RunRow";
import classes from "./Runs.module.css";

const COLUMNS = ["state", "title", "graph", "author", "started", "duration", "progress"] as const;

export function RunsTable({ runs, act }: { runs: readonly RunView[]; act: (act: RunAct) => void }) {
  const t = useTexts();
  const titles = useGraphTitles();
  const body = useRef<HTMLTableSectionElement>(null);
  const current = useRowKeys(runs, body);
  return (
    <table className={classes.table} aria-label={t("nav.runs")}>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <th key={column} scope="col" data-column={column}>
              {t(`runs.column.${column}`)}
            </th>
          ))}
          <th scope="col">
            <span className="visually-hidden">{t("runs.column.menu")}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {runs.map((run) => (
          <RunRow
            key={run.id}
            run={run}
            graphTitle={run.graph_id === null ? undefined : titles.get(run.graph_id)}
            isCurrent={run.id === current}
            act={act}
          />
        ))}
      </tbody>
    </table>
  );
}

/** Of the newest graphs; others are called by their ids. */
function useGraphTitles(): ReadonlyMap<string, string> {
  const { data } = useInfiniteQuery(graphsQuery());
  return useMemo(
    () =>
      new Map(data?.pages.flatMap(({ items }) => items.map(({ id, title, name }) => [id, title || name]))),
    [data],
  );
}

/** j and k go from row to row, Enter opens; a row keeps its mark when others come above it. */
function useRowKeys(
  runs: readonly RunView[],
  body: React.RefObject<HTMLTableSectionElement | null>,
): string | undefined {
  const navigate = useNavigate();
  const [current, setCurrent] = useState<string>();
  const step = (by: number) => {
    const place = runs.findIndex(({ id }) => id === current);
    const next = runs[place < 0 ? 0 : Math.max(0, Math.min(runs.length - 1, place + by))];
    if (next !== undefined) setCurrent(next.id);
  };
  useEffect(() => {
    if (current === undefined) return;
    const row = body.current?.querySelector(`[data-run="${CSS.escape(current)}"]`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  }, [current, body]);
  useShortcuts([
    { keys: "j", label: "shortcuts.next", scope: "lists", act: () => step(1) },
    { keys: "k", label: "shortcuts.previous", scope: "lists", act: () => step(-1) },
    {
      keys: "o",
      label: "shortcuts.open",
      scope: "lists",
      act: () => current !== undefined && navigate({ to: "/runs/$run", params: { run: current } }),
    },
  ]);
  return current;
}
