import { Chip, CloseButton, Group, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useRef } from "react";
import classes from "@/features/operations/Catalogue.module.css";
import { countsBy, type Entry, kindsOf } from "@/features/operations/filtering";
import { kindName } from "@/features/operations/kindName";
import { OPERATION_STATUSES, type OperationsSearch } from "@/features/operations/search";
import { useTexts } from "@/i18n";
import { useShortcuts } from "@/ui/shortcuts";

type Props = {
  entries: readonly Entry[];
  search: OperationsSearch;
  change: (search: OperationsSearch) => void;
};

export function CatalogueFilters({ entries, search, change }: Props) {
  const t = useTexts();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", label: "shortcuts.filter", scope: "lists", act: () => field.current?.focus() }]);
  const kinds = kindsOf(entries);
  const byKind = countsBy(entries, search, "kind", kinds);
  const byStatus = countsBy(entries, search, "status", OPERATION_STATUSES);
  const toggled = (by: "kind" | "status", value: string) => {
    const { [by]: chosen, ...rest } = search;
    change((chosen === value ? rest : { ...search, [by]: value }) as OperationsSearch);
  };
  return (
    <div className={classes.filters}>
      <TextInput
        ref={field}
        className={classes.search}
        value={search.q ?? ""}
        onChange={({ currentTarget: { value } }) => {
          const { q: _, ...rest } = search;
          change(value === "" ? rest : { ...rest, q: value });
        }}
        aria-label={t("operations.search")}
        placeholder={t("operations.search.hint")}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          search.q !== undefined && (
            <CloseButton
              size="sm"
              aria-label={t("operations.clear")}
              onClick={() => {
                const { q: _, ...rest } = search;
                change(rest);
              }}
            />
          )
        }
      />
      <Group gap={6} role="group" aria-label={t("operations.kind")}>
        {kinds.map((kind) => (
          <Chip key={kind} size="xs" checked={search.kind === kind} onChange={() => toggled("kind", kind)}>
            {kindName(kind)} <span className="quiet">{byKind.get(kind)}</span>
          </Chip>
        ))}
      </Group>
      <Group gap={6} role="group" aria-label={t("operations.status")}>
        {OPERATION_STATUSES.filter(
          (status) => status === search.status || (byStatus.get(status) ?? 0) > 0,
        ).map((status) => (
          <Chip
            key={status}
            size="xs"
            checked={search.status === status}
            onChange={() => toggled("status", status)}
          >
            {t(`status.${status}`)} <span className="quiet">{byStatus.get(status)}</span>
          </Chip>
        ))}
      </Group>
    </div>
  );
}
