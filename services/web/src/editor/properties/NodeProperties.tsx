import { ActionIcon, Select, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconCopy, IconExternalLink, IconTrash } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { kindIcon } from "@/canvas/labels";
import { duplicateSelected, removeSelected } from "@/editor/actions";
import { NodePorts } from "@/editor/properties/NodePorts";
import { ParameterField } from "@/editor/properties/ParameterField";
import classes from "@/editor/properties/Properties.module.css";
import { TextDraft } from "@/editor/properties/TextDraft";
import { act, select, useEditor, useEditorState, useGraph } from "@/editor/store";
import { useOutline } from "@/editor/useOutline";
import type { NodeFields } from "@/graph/commands";
import { type GraphNode, operationOf, own } from "@/graph/model";
import type { OutlineNode } from "@/graph/outline";
import { useTexts } from "@/i18n";

export function NodeProperties({ node }: { node: GraphNode }) {
  const graph = useGraph();
  const catalogue = useEditorState((state) => state.catalogue);
  const outlined = useOutline().find(({ id }) => id === node.id);
  const operation = operationOf(graph, catalogue, node);
  return (
    <>
      <Head node={node} />
      {outlined && <Parameters node={node} outlined={outlined} />}
      {outlined && <NodePorts outlined={outlined} />}
      <Names node={node} placeholder={operation?.title ?? ""} />
      <Execution node={node} pool={operation?.pool || "default"} />
    </>
  );
}

function Head({ node }: { node: GraphNode }) {
  const t = useTexts();
  const editor = useEditor();
  const graph = useGraph();
  const catalogue = useEditorState((state) => state.catalogue);
  const operation = operationOf(graph, catalogue, node);
  const isOwn = own(graph.operations, node.operation) !== undefined;
  const Icon = kindIcon(operation?.artifact ? "file" : (operation?.kind ?? ""));
  return (
    <div className={classes.head}>
      <span className={classes.icon}>
        <Icon size={20} stroke={1.7} aria-hidden />
      </span>
      <div>
        <h2>{node.title || operation?.title || node.id}</h2>
        <small title={node.operation}>{operation ? node.operation : t("props.unknown_operation")}</small>
      </div>
      {operation && !isOwn && (
        <Tooltip label={t("props.open_operation")}>
          <ActionIcon
            component={Link}
            to={`/operations/${node.operation}`}
            variant="subtle"
            color="gray"
            aria-label={t("props.open_operation")}
          >
            <IconExternalLink size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      <Tooltip label={t("editor.duplicate")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => duplicateSelected(editor)}
          aria-label={t("editor.duplicate")}
        >
          <IconCopy size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("action.delete")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => removeSelected(editor)}
          aria-label={t("action.delete")}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function useSetNode(id: string) {
  const editor = useEditor();
  return (fields: NodeFields) =>
    act(editor, { type: "setNode", id, fields }, { mergeKey: `node ${id} ${Object.keys(fields).join()}` });
}

function Parameters({ node, outlined }: { node: GraphNode; outlined: OutlineNode }) {
  const t = useTexts();
  const editor = useEditor();
  const known = outlined.parameters.flatMap(({ declaration, ...rest }) =>
    declaration ? [{ ...rest, declaration }] : [],
  );
  known.sort((one, other) => one.declaration.order - other.declaration.order);
  const stray = outlined.parameters.filter(({ declaration }) => declaration === null);
  return (
    <section className={classes.section} aria-label={t("props.parameters")}>
      <h3>{t("props.parameters")}</h3>
      {outlined.parameters.length === 0 && <div className={classes.about}>{t("props.no_parameters")}</div>}
      {known.map((parameter) => (
        <ParameterField key={parameter.name} node={node.id} parameter={parameter} />
      ))}
      {stray.map(({ name }) => (
        <div key={name} className={classes.port}>
          <span className={classes.problem}>{t("issue.unknown_parameter", { name })}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label={t("props.parameter_remove", { name })}
            onClick={() => act(editor, { type: "clearParameter", node: node.id, name })}
          >
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        </div>
      ))}
    </section>
  );
}

function Names({ node, placeholder }: { node: GraphNode; placeholder: string }) {
  const t = useTexts();
  const editor = useEditor();
  const set = useSetNode(node.id);
  return (
    <section className={classes.section} aria-label={t("props.names")}>
      <h3>{t("props.names")}</h3>
      <TextInput
        label={t("props.node_title")}
        value={node.title}
        placeholder={placeholder}
        onChange={(event) => set({ title: event.currentTarget.value })}
      />
      <TextDraft
        label={t("props.id")}
        value={node.id}
        mono
        onDone={(to) => act(editor, { type: "renameNode", from: node.id, to }) && select(editor, [to])}
      />
      <Textarea
        label={t("props.comment")}
        value={node.comment}
        autosize
        minRows={1}
        maxRows={8}
        onChange={(event) => set({ comment: event.currentTarget.value })}
      />
    </section>
  );
}

function Execution({ node, pool }: { node: GraphNode; pool: string }) {
  const t = useTexts();
  const set = useSetNode(node.id);
  return (
    <section className={classes.section} aria-label={t("props.execution")}>
      <h3>{t("props.execution")}</h3>
      <TextInput
        label={t("props.pool")}
        value={node.pool}
        placeholder={t("props.pool_hint", { pool })}
        onChange={(event) => set({ pool: event.currentTarget.value })}
      />
      <Select
        label={t("props.cacheable")}
        value={String(node.cacheable)}
        allowDeselect={false}
        data={(["null", "true", "false"] as const).map((value) => ({
          value,
          label: t(`props.cacheable.${value}`),
        }))}
        onChange={(value) => set({ cacheable: value === "null" ? null : value === "true" })}
      />
    </section>
  );
}
