import { Badge, Group, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import classes from "@/features/files/Files.module.css";
import type { FileEntry } from "@/features/files/listing";
import { TypeMark } from "@/features/files/TypeMark";
import { useTexts } from "@/i18n";
import { ago, moment, size } from "@/i18n/format";
import { useRowSteps } from "@/ui/useRowSteps";

type Props = { entries: readonly FileEntry[]; chosen: string | undefined; open: (ref: string) => void };

export function FilesTable({ entries, chosen, open }: Props) {
  const t = useTexts();
  const body = useRowSteps();
  return (
    <Table className={classes.table} aria-label={t("nav.files")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("files.column.name")}</Table.Th>
          <Table.Th>{t("files.column.type")}</Table.Th>
          <Table.Th ta="right">{t("files.column.size")}</Table.Th>
          <Table.Th>{t("files.column.version")}</Table.Th>
          <Table.Th>{t("files.column.added")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={body}>
        {entries.map(({ name, newest: { ref, operation, createdAt }, versions }) => (
          <Table.Tr
            key={name}
            className={classes.row}
            data-chosen={name === chosen}
            onClick={() => open(ref)}
          >
            <Table.Td className={classes.cell}>
              <Link
                data-row
                className={classes.title}
                to="/files"
                search={({ q }) => ({ ...(q && { q }), file: ref })}
                aria-current={name === chosen ? "true" : undefined}
                onClick={(event) => event.stopPropagation()}
              >
                {operation.title || operation.name}
              </Link>
              <Group gap={6} wrap="nowrap">
                <Text size="xs" className="quiet mono" truncate>
                  {ref}
                </Text>
                {operation.tags.map((tag) => (
                  <Badge key={tag} size="xs" variant="default" tt="none" fw={500} style={{ flexShrink: 0 }}>
                    {tag}
                  </Badge>
                ))}
              </Group>
            </Table.Td>
            <Table.Td>
              <TypeMark type={operation.artifact?.type ?? "file"} />
            </Table.Td>
            <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
              {size(operation.artifact?.size ?? 0)}
            </Table.Td>
            <Table.Td>
              {operation.version}
              {versions.length > 1 && (
                <span className="quiet"> {t("files.versions.of", { count: versions.length })}</span>
              )}
            </Table.Td>
            <Table.Td>
              <time dateTime={createdAt} title={moment(createdAt)} className="quiet">
                {ago(createdAt)}
              </time>
              <Text size="xs" className="quiet">
                {operation.author}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
