import { ActionIcon, Badge, Menu, Table } from "@mantine/core";
import { IconCopyPlus, IconDots, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { cloneGraph, graphKeys } from "@/api/queries/graphs";
import type { GraphSummaryView } from "@/api/schema";
import { DeleteDialog } from "@/features/graphs/DeleteDialog";
import classes from "@/features/graphs/Graphs.module.css";
import { useTexts } from "@/i18n";
import { ago, moment } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";

export function GraphsTable({ graphs }: { graphs: readonly GraphSummaryView[] }) {
  const t = useTexts();
  const [doomed, setDoomed] = useState<GraphSummaryView | null>(null);
  return (
    <>
      <Table highlightOnHover verticalSpacing="sm" horizontalSpacing={20} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("graphs.column.title")}</Table.Th>
            <Table.Th className={classes.number}>{t("graphs.column.nodes")}</Table.Th>
            <Table.Th>{t("graphs.column.changed")}</Table.Th>
            <Table.Th>{t("graphs.column.by")}</Table.Th>
            <Table.Th className={classes.number}>{t("graphs.column.revision")}</Table.Th>
            <Table.Th className={classes.actions} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {graphs.map((graph) => (
            <Row key={graph.id} graph={graph} onDelete={() => setDoomed(graph)} />
          ))}
        </Table.Tbody>
      </Table>
      {doomed && <DeleteDialog graph={doomed} close={() => setDoomed(null)} />}
    </>
  );
}

function Row({ graph, onDelete }: { graph: GraphSummaryView; onDelete: () => void }) {
  const t = useTexts();
  const title = graph.title || graph.name || t("editor.untitled");
  return (
    <Table.Tr>
      <Table.Td className={classes.title}>
        <Link to="/graphs/$graph" params={{ graph: graph.id }} className={classes.link}>
          {title}
        </Link>
        {graph.tags.map((tag) => (
          <Badge key={tag} variant="light" color="gray" size="sm" ml={6} tt="none">
            {tag}
          </Badge>
        ))}
        {graph.description && <div className={classes.about}>{graph.description}</div>}
      </Table.Td>
      <Table.Td className={classes.number}>{graph.node_count}</Table.Td>
      <Table.Td title={moment(graph.updated_at)} className={classes.when}>
        {ago(graph.updated_at)}
      </Table.Td>
      <Table.Td>{graph.saved_by}</Table.Td>
      <Table.Td className={classes.number}>{graph.revision}</Table.Td>
      <Table.Td className={classes.actions}>
        <RowMenu graph={graph} title={title} onDelete={onDelete} />
      </Table.Td>
    </Table.Tr>
  );
}

type RowMenuProps = { graph: GraphSummaryView; title: string; onDelete: () => void };

function RowMenu({ graph, title, onDelete }: RowMenuProps) {
  const t = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const clone = useMutation({
    mutationFn: () => cloneGraph(graph.id),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: graphKeys.lists });
      void navigate({ to: "/graphs/$graph", params: { graph: id } });
    },
  });
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("graphs.actions", { title })}>
            <IconDots size={17} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            onClick={() => void navigate({ to: "/runs", search: { graph: graph.id } })}
          >
            {t("graphs.runs")}
          </Menu.Item>
          <Menu.Item leftSection={<IconCopyPlus size={15} aria-hidden />} onClick={() => clone.mutate()}>
            {t("graphs.clone")}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={15} aria-hidden />} onClick={onDelete}>
            {t("action.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {clone.error && <ProblemNotice error={clone.error} />}
    </>
  );
}
