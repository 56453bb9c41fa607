import { Badge, Group, Table, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { KeyboardEvent } from "react";
import classes from "@/features/operations/Catalogue.module.css";
import type { Entry } from "@/features/operations/filtering";
import { KindMark } from "@/features/operations/KindMark";
import { Signature } from "@/features/operations/Signature";
import { StatusMark } from "@/features/operations/StatusMark";
import { useTexts } from "@/i18n";
import { ago, moment } from "@/i18n/format";
import { useRowSteps } from "@/ui/useRowSteps";

const MOST_TAGS = 3;

/** `j` and `k` go through the rows, Enter opens one. */
export function CatalogueTable({ entries }: { entries: readonly Entry[] }) {
  const t = useTexts();
  const body = useRowSteps();
  return (
    <Table.ScrollContainer minWidth={720} className={classes.scroll}>
      <Table className={classes.table} aria-label={t("nav.operations")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("operations.column.name")}</Table.Th>
            <Table.Th>{t("operations.column.kind")}</Table.Th>
            <Table.Th>{t("operations.column.ports")}</Table.Th>
            <Table.Th>{t("operations.column.status")}</Table.Th>
            <Table.Th>{t("operations.column.versions")}</Table.Th>
            <Table.Th>{t("operations.column.changed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {entries.map((entry) => (
            <Row key={entry.name} entry={entry} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ entry: { shown, versions, updatedAt } }: { entry: Entry }) {
  const navigate = useNavigate();
  const { operation } = shown;
  const open = () => void navigate({ to: "/operations/$", params: { _splat: shown.ref } });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && event.target === event.currentTarget) open();
  };
  return (
    <Table.Tr className={classes.row} onClick={open} onKeyDown={onKeyDown}>
      <Table.Td className={classes.name}>
        <Link
          data-row
          className={classes.title}
          to="/operations/$"
          params={{ _splat: shown.ref }}
          onClick={(event) => event.stopPropagation()}
        >
          {operation.title || operation.name}
        </Link>
        <Group gap={6} wrap="nowrap">
          <Text className="quiet mono" size="xs" truncate>
            {shown.ref}
          </Text>
          {operation.tags.slice(0, MOST_TAGS).map((tag) => (
            <Badge key={tag} size="xs" variant="default" tt="none" fw={500} style={{ flexShrink: 0 }}>
              {tag}
            </Badge>
          ))}
        </Group>
        {operation.description !== "" && (
          <Text className="quiet" size="xs" lineClamp={1}>
            {operation.description}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <KindMark kind={operation.kind} />
      </Table.Td>
      <Table.Td>
        <Signature operation={operation} />
      </Table.Td>
      <Table.Td>
        <StatusMark status={operation.status} />
      </Table.Td>
      <Table.Td>
        <Versions shown={shown.ref} versions={versions} />
      </Table.Td>
      <Table.Td>
        <time dateTime={updatedAt} title={moment(updatedAt)} className={classes.when}>
          {ago(updatedAt)}
        </time>
      </Table.Td>
    </Table.Tr>
  );
}

const MOST_VERSIONS = 4;

function Versions({ shown, versions }: { shown: string; versions: Entry["versions"] }) {
  const t = useTexts();
  return (
    <Group gap={4} wrap="nowrap">
      {versions.slice(0, MOST_VERSIONS).map(({ ref, operation }) => (
        <Link
          key={ref}
          to="/operations/$"
          params={{ _splat: ref }}
          className={classes.version}
          data-shown={ref === shown}
          onClick={(event) => event.stopPropagation()}
          aria-label={t("operations.version.label", {
            name: operation.name,
            version: operation.version,
            status: t(`status.${operation.status}`),
          })}
        >
          {operation.version}
        </Link>
      ))}
      {versions.length > MOST_VERSIONS && <span className="quiet">+{versions.length - MOST_VERSIONS}</span>}
    </Group>
  );
}
