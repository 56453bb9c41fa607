import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconLink, IconLinkOff, IconRestore } from "@tabler/icons-react";
import classes from "@/editor/properties/Properties.module.css";
import { ValueField } from "@/editor/properties/ValueField";
import { act, type Editor, useEditor, useEditorState, useGraph } from "@/editor/store";
import { bindToOutput, bindToParameter } from "@/graph/bindings";
import { batch } from "@/graph/commands";
import { LinkJudge } from "@/graph/linking";
import {
  type Catalogue,
  type GraphDocument,
  type Json,
  type OutputRef,
  operationOf,
  type Parameter,
} from "@/graph/model";
import type { OutlineParameter } from "@/graph/outline";
import { mayBeBound } from "@/graph/values";
import { useTexts } from "@/i18n";

interface Props {
  node: string;
  parameter: OutlineParameter & { declaration: Parameter };
}

export function ParameterField({ node, parameter }: Props) {
  const t = useTexts();
  const editor = useEditor();
  const { name, declaration, value, set, boundTo, boundOutput } = parameter;
  const bound =
    boundTo !== null
      ? t("props.bound_parameter", { name: boundTo })
      : boundOutput && t("props.bound_output", { ...boundOutput });
  const clear = () => act(editor, { type: "clearParameter", node, name });
  return (
    <div className={classes.field}>
      <div className={classes.label}>
        <span title={name}>{name}</span>
        <small>
          {declaration.type}
          {declaration.required && ` · ${t("props.required")}`}
        </small>
        <span>
          {set && bound === null && (
            <Tooltip label={t("props.default")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={24}
                onClick={clear}
                aria-label={t("props.default")}
              >
                <IconRestore size={14} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
          {bound === null && <BindMenu node={node} declaration={declaration} value={value} />}
        </span>
      </div>
      {bound === null ? (
        <ValueField
          parameter={declaration}
          value={value}
          label={name}
          onChange={(next) =>
            act(
              editor,
              { type: "setParameter", node, name, value: next },
              { mergeKey: `parameter ${node} ${name}` },
            )
          }
        />
      ) : (
        <div className={classes.bound}>
          <IconLink size={15} aria-hidden />
          <span title={bound}>{bound}</span>
          <Tooltip label={t("props.unbind")}>
            <ActionIcon variant="subtle" size={24} onClick={clear} aria-label={t("props.unbind")}>
              <IconLinkOff size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      {declaration.description && <div className={classes.about}>{declaration.description}</div>}
    </div>
  );
}

function BindMenu({ node, declaration, value }: { node: string; declaration: Parameter; value: Json }) {
  const t = useTexts();
  const editor = useEditor();
  const label = t("props.bind", { name: declaration.name });
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Tooltip label={label}>
          <ActionIcon variant="subtle" color="gray" size={24} aria-label={label}>
            <IconLink size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <BindItems node={node} declaration={declaration} value={value} editor={editor} />
      </Menu.Dropdown>
    </Menu>
  );
}

interface ItemsProps {
  node: string;
  declaration: Parameter;
  value: Json;
  editor: Editor;
}

function BindItems({ node, declaration, value, editor }: ItemsProps) {
  const t = useTexts();
  const graph = useGraph();
  const catalogue = useEditorState((state) => state.catalogue);
  const { name, type } = declaration;
  const set = (next: Json) => act(editor, { type: "setParameter", node, name, value: next });
  const fitting = graph.parameters.filter((parameter) => mayBeBound(type, parameter.type));
  const outputs = fittingOutputs(graph, catalogue, { node, parameter: name });
  const fresh = freshName(graph, name);
  return (
    <>
      <Menu.Label>{t("props.bind_parameter")}</Menu.Label>
      {fitting.map((parameter) => (
        <Menu.Item key={parameter.name} onClick={() => set(bindToParameter(parameter.name))}>
          {parameter.name}
        </Menu.Item>
      ))}
      <Menu.Item
        onClick={() => bindToNew(editor, node, { ...declaration, name: fresh, default: value }, name)}
      >
        {t("props.bind_new", { name: fresh })}
      </Menu.Item>
      {outputs.length > 0 && <Menu.Label>{t("props.bind_output")}</Menu.Label>}
      {outputs.map((source) => (
        <Menu.Item key={`${source.node}.${source.output}`} onClick={() => set(bindToOutput(source))}>
          {source.node}.{source.output}
        </Menu.Item>
      ))}
    </>
  );
}

function bindToNew(editor: Editor, node: string, parameter: Parameter, name: string): void {
  const label = { key: "command.bind", params: { name } } as const;
  act(
    editor,
    batch(label, [
      { type: "addGraphParameter", parameter: { ...parameter, required: false, exposed: true } },
      { type: "setParameter", node, name, value: bindToParameter(parameter.name) },
    ]),
  );
}

function freshName(graph: GraphDocument, name: string): string {
  const taken = new Set(graph.parameters.map((parameter) => parameter.name));
  for (let number = 1; ; number += 1) {
    const found = number === 1 ? name : `${name}_${number}`;
    if (!taken.has(found)) return found;
  }
}

function fittingOutputs(
  graph: GraphDocument,
  catalogue: Catalogue,
  to: { node: string; parameter: string },
): OutputRef[] {
  const judge = new LinkJudge(graph, catalogue);
  return graph.nodes.flatMap((node) =>
    (operationOf(graph, catalogue, node)?.outputs ?? []).flatMap(({ name: output }) => {
      const from = { node: node.id, output };
      return judge.whyNotBind(from, to) === null ? [from] : [];
    }),
  );
}
