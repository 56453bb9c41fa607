import { ActionIcon, Checkbox, Select, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import classes from "@/editor/properties/Properties.module.css";
import { TextDraft } from "@/editor/properties/TextDraft";
import { ValueField } from "@/editor/properties/ValueField";
import { act, useEditor } from "@/editor/store";
import type { Parameter } from "@/graph/model";
import { coerce, PARAMETER_TYPES } from "@/graph/values";
import { useTexts } from "@/i18n";

const TYPES = [...PARAMETER_TYPES.keys()];
type Fields = Partial<Omit<Parameter, "name">>;

/** A parameter of the graph: what its nodes are bound to and a run is asked for. */
export function GraphParameter({ parameter }: { parameter: Parameter }) {
  const t = useTexts();
  const editor = useEditor();
  const { name, type, required, description, choices } = parameter;
  const change = (fields: Fields) =>
    act(
      editor,
      { type: "changeGraphParameter", name, fields },
      { mergeKey: `graph parameter ${name} ${Object.keys(fields).join()}` },
    );
  const remove = t("props.parameter_remove", { name });
  return (
    <div className={classes.card}>
      <div className={classes.pair}>
        <TextDraft
          label={t("props.parameter_name")}
          hideLabel
          value={name}
          mono
          onDone={(to) => act(editor, { type: "renameGraphParameter", from: name, to })}
        />
        <Select
          aria-label={t("props.parameter_type")}
          data={TYPES}
          value={type}
          allowDeselect={false}
          searchable
          onChange={(next) => next !== null && change(ofType(parameter, next))}
        />
      </div>
      {type === "enum" && (
        <TextDraft
          label={t("props.parameter_choices")}
          description={t("props.tags_hint")}
          value={choices.join(", ")}
          onDone={(text) =>
            change({
              choices: text
                .split(",")
                .map((choice) => choice.trim())
                .filter(Boolean),
            })
          }
        />
      )}
      <div className={classes.field}>
        <div className={classes.label}>
          <small>{t("props.parameter_default")}</small>
        </div>
        <ValueField
          parameter={parameter}
          value={parameter.default}
          label={`${t("props.parameter_default")}: ${name}`}
          onChange={(value) => change({ default: value })}
        />
      </div>
      <TextDraft
        label={t("props.description")}
        value={description}
        onDone={(text) => change({ description: text })}
      />
      <div className={classes.label}>
        <Checkbox
          size="xs"
          label={t("props.parameter_required")}
          checked={required}
          onChange={(event) => change({ required: event.currentTarget.checked })}
        />
        <span>
          <Tooltip label={remove}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              aria-label={remove}
              onClick={() => act(editor, { type: "removeGraphParameter", name })}
            >
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </span>
      </div>
    </div>
  );
}

/** Another type: what of the default and the bounds still makes sense stays. */
function ofType(parameter: Parameter, type: string): Fields {
  const bare = { choices: [], min: null, max: null, min_items: 0, max_items: null, regex: null };
  const read = coerce({ ...bare, type }, parameter.default);
  const kind = PARAMETER_TYPES.get(type);
  const choices = type === "enum" ? ["a", "b"] : [];
  const value = type === "enum" ? "a" : read.ok ? read.value : (kind?.empty ?? null);
  return { ...bare, type, choices, default: value };
}
