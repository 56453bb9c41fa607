import { Button, Group, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFileImport, IconPlus, IconSchema, IconSearch, IconSparkles } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { graphsQuery } from "@/api/queries/graphs";
import type { GraphSummaryView } from "@/api/schema";
import classes from "@/features/graphs/Graphs.module.css";
import { GraphsTable } from "@/features/graphs/GraphsTable";
import { ImportDialog } from "@/features/graphs/ImportDialog";
import { useOpenNew } from "@/features/graphs/useOpenNew";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useShortcuts } from "@/ui/shortcuts";

export function GraphsPage() {
  const t = useTexts();
  const [query, setQuery] = useState("");
  const [importing, setImporting] = useDisclosure(false);
  const box = useRef<HTMLInputElement>(null);
  const graphs = useInfiniteQuery(graphsQuery());
  const { create, sample, busy, error } = useOpenNew();
  useShortcuts([{ keys: "/", label: "shortcuts.filter", scope: "lists", act: () => box.current?.focus() }]);
  const all = graphs.data?.pages.flatMap(({ items }) => items) ?? [];
  const found = all.filter((graph) => matches(graph, query));
  const failed = graphs.error ?? error;
  return (
    <>
      <PageHeader
        title={t("graphs.title")}
        actions={
          <>
            <TextInput
              ref={box}
              size="sm"
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
              placeholder={t("graphs.search")}
              aria-label={t("graphs.search")}
              leftSection={<IconSearch size={15} aria-hidden />}
            />
            <Button
              variant="default"
              leftSection={<IconFileImport size={16} aria-hidden />}
              onClick={setImporting.open}
            >
              {t("graphs.import")}
            </Button>
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={create} loading={busy}>
              {t("graphs.new")}
            </Button>
          </>
        }
      />
      {failed && <ProblemNotice error={failed} retry={() => void graphs.refetch()} />}
      {graphs.data && all.length === 0 && (
        <EmptyState
          icon={IconSchema}
          title={t("graphs.empty")}
          actions={
            <>
              <Button leftSection={<IconSparkles size={16} aria-hidden />} onClick={sample} loading={busy}>
                {t("graphs.sample")}
              </Button>
              <Button variant="default" onClick={create}>
                {t("graphs.new")}
              </Button>
            </>
          }
        >
          {t("graphs.empty_hint")}
        </EmptyState>
      )}
      {all.length > 0 && <GraphsTable graphs={found} />}
      {all.length > 0 && found.length === 0 && (
        <p className={classes.none} role="status">
          {t("graphs.none", { query })}
        </p>
      )}
      {graphs.hasNextPage && (
        <Group justify="center" p="md">
          <Button
            variant="default"
            loading={graphs.isFetchingNextPage}
            onClick={() => void graphs.fetchNextPage()}
          >
            {t("list.more")}
          </Button>
        </Group>
      )}
      {importing && <ImportDialog close={setImporting.close} />}
    </>
  );
}

function matches({ title, name, description, tags, author, id }: GraphSummaryView, query: string): boolean {
  const text = `${title} ${name} ${description} ${tags.join(" ")} ${author} ${id}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
