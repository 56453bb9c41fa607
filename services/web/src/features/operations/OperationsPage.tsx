import { Button, Loader, Text } from "@mantine/core";
import { IconPlus, IconSearchOff, IconTools } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo } from "react";
import { catalogueQuery } from "@/api/queries/operations";
import { CatalogueFilters } from "@/features/operations/CatalogueFilters";
import { CatalogueTable } from "@/features/operations/CatalogueTable";
import { entriesOf, filtered } from "@/features/operations/filtering";
import { type OperationsSearch, readOperationsSearch } from "@/features/operations/search";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useShortcuts } from "@/ui/shortcuts";

/** The team's catalogue; what is searched for stands in the address. */
export function OperationsPage() {
  const t = useTexts();
  // By hand: the router knows the route by its name with a slash, its types by that without.
  const search = readOperationsSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { data, error, refetch, isPending } = useQuery(catalogueQuery());
  const entries = useMemo(() => entriesOf(data ?? []), [data]);
  const { q, kind, status } = search;
  const settled = useDeferredValue(q);
  const found = useMemo(
    () => filtered(entries, { q: settled, kind, status }),
    [entries, settled, kind, status],
  );
  const change = (next: OperationsSearch) =>
    void navigate({ to: "/operations", search: next, replace: true });
  const create = () => void navigate({ to: "/operations/$", params: { _splat: "new" } });
  useShortcuts([{ keys: "n", label: "operations.new", scope: "lists", act: create }]);

  return (
    <>
      <PageHeader
        title={t("nav.operations")}
        beside={
          data && (
            <Text className="quiet" size="sm" role="status">
              {t("operations.count", { shown: found.length, all: entries.length })}
            </Text>
          )
        }
        actions={
          <Button
            renderRoot={(props) => <Link to="/operations/$" params={{ _splat: "new" }} {...props} />}
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {t("operations.new")}
          </Button>
        }
      />
      {error !== null && (
        <div style={{ padding: 20 }}>
          <ProblemNotice error={error} retry={() => void refetch()} />
        </div>
      )}
      {isPending && error === null && <Loader m="xl" aria-label={t("loading")} />}
      {data !== undefined && entries.length === 0 && (
        <EmptyState
          icon={IconTools}
          title={t("operations.empty")}
          actions={<Button onClick={create}>{t("operations.new")}</Button>}
        >
          {t("operations.empty.detail")}
        </EmptyState>
      )}
      {entries.length > 0 && (
        <>
          <CatalogueFilters entries={entries} search={search} change={change} />
          {found.length > 0 ? (
            <CatalogueTable entries={found} />
          ) : (
            <EmptyState
              icon={IconSearchOff}
              title={t("operations.nothing")}
              actions={
                <Button variant="default" onClick={() => change({})}>
                  {t("operations.clear")}
                </Button>
              }
            >
              {t("operations.nothing.detail")}
            </EmptyState>
          )}
        </>
      )}
    </>
  );
}
