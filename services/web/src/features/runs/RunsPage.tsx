import { Button, Skeleton, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useLiveRuns } from "@/api/live";
import { runsQuery } from "@/api/queries/runs";
import type { RunView } from "@/api/schema";
import { useTexts } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useShortcuts } from "@/ui/shortcuts";
import classes from "./list/Runs.module.css";
import { RunsEmpty } from "./list/RunsEmpty";
import { RunsTable } from "./list/RunsTable";
import { StateFilter } from "./list/StateFilter";
import { useRunActs } from "./rerunning";
import type { RunsSearch } from "./search";

/** The runs of the team, newest first and live. */
export function RunsPage() {
  const t = useTexts();
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const filter = (change: RunsSearch) =>
    void navigate({ search: (known) => ({ ...known, ...change }), replace: true });
  useLiveRuns();
  const acts = useRunActs();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts([
    { keys: "/", label: "shortcuts.filter", scope: "lists", act: () => field.current?.select() },
  ]);
  const query = useInfiniteQuery(
    runsQuery({
      ...(search.state && { state: search.state }),
      ...(search.graph && { graph_id: search.graph }),
    }),
  );
  const runs = useMemo(
    () =>
      (query.data?.pages ?? []).flatMap(({ items }) => items).filter((run) => matches(run, search.q ?? "")),
    [query.data, search.q],
  );
  const isFiltered =
    search.state !== undefined || search.graph !== undefined || (search.q !== undefined && search.q !== "");
  return (
    <>
      <PageHeader
        title={t("nav.runs")}
        beside={
          <StateFilter
            chosen={search.state ?? []}
            choose={(state) => filter({ state: state.length > 0 ? state : undefined } as RunsSearch)}
          />
        }
        actions={
          <>
            {search.graph !== undefined && (
              <Button
                size="xs"
                variant="light"
                rightSection={<IconX size={14} aria-hidden />}
                onClick={() => filter({ graph: undefined } as unknown as RunsSearch)}
              >
                {t("runs.filter.graph", { graph: search.graph })}
              </Button>
            )}
            <TextInput
              ref={field}
              size="xs"
              w={200}
              leftSection={<IconSearch size={14} aria-hidden />}
              placeholder={t("runs.filter.text")}
              aria-label={t("runs.filter.text")}
              value={search.q ?? ""}
              onChange={({ target }) => filter({ q: target.value })}
            />
          </>
        }
      />
      <div className={classes.page}>
        {acts.error !== null && <ProblemNotice error={acts.error} />}
        {query.error !== null && <ProblemNotice error={query.error} retry={() => void query.refetch()} />}
        {query.isPending && <Waiting />}
        {query.data !== undefined && runs.length === 0 && !query.hasNextPage && (
          <RunsEmpty isFiltered={isFiltered} />
        )}
        {runs.length > 0 && <RunsTable runs={runs} act={acts.mutate} />}
        {query.hasNextPage && (
          <More
            // A filter of this page must not read all that ever was.
            isEager={search.q === undefined || search.q === ""}
            isLoading={query.isFetchingNextPage}
            load={() => void query.fetchNextPage()}
          />
        )}
      </div>
    </>
  );
}

function matches({ title, id, author, labels }: RunView, q: string): boolean {
  const text = [title, id, author, ...Object.entries(labels).map((label) => label.join("="))].join("\n");
  return text.toLowerCase().includes(q.toLowerCase());
}

/** Older ones, as soon as one comes near the end. */
function More({ isEager, isLoading, load }: { isEager: boolean; isLoading: boolean; load: () => void }) {
  const t = useTexts();
  const end = useRef<HTMLDivElement>(null);
  const newest = useRef(load);
  newest.current = load;
  useEffect(() => {
    if (!isEager || isLoading || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && newest.current(), {
      rootMargin: "400px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [isEager, isLoading]);
  return (
    <div ref={end} className={classes.more}>
      <Button variant="default" size="xs" loading={isLoading} onClick={load}>
        {t("list.more")}
      </Button>
    </div>
  );
}

function Waiting() {
  const t = useTexts();
  return (
    <div className={classes.waiting} role="status" aria-label={t("loading")}>
      {Array.from({ length: 8 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows that are all the same
        <Skeleton key={row} height={36} radius="sm" />
      ))}
    </div>
  );
}
