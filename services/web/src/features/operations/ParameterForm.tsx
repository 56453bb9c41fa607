import { Checkbox, Collapse, Group, Select, Stack, TagsInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import { withType } from "@/features/operations/drafts";
import { ItemCard } from "@/features/operations/ItemCard";
import { errorAt, type FieldIssue } from "@/features/operations/issues";
import { ParameterLimits } from "@/features/operations/ParameterLimits";
import { ValueField } from "@/features/operations/ValueField";
import classes from "@/features/operations/Workbench.module.css";
import type { Parameter } from "@/graph/model";
import { PARAMETER_TYPES } from "@/graph/parameterTypes";
import { parseValue } from "@/graph/values";
import { textOr, useTexts } from "@/i18n";

type Props = {
  parameter: Parameter;
  pointer: string;
  issues: readonly FieldIssue[];
  isReadOnly: boolean;
  change: (parameter: Parameter) => void;
  remove: () => void;
  move: (by: 1 | -1) => void;
};

const COLOURS: Readonly<Record<string, string>> = {
  number: "--type-int",
  text: "--type-str",
  bool: "--type-bool",
  list: "--type-json",
  json: "--type-json",
};
/** Choices are values of the parameter's type, or of its items'. */
const WITH_CHOICES = new Set(["enum", "int", "float", "str", "list_int", "list_float", "list_str"]);

export function ParameterForm({ parameter, pointer, issues, isReadOnly, change, remove, move }: Props) {
  const t = useTexts();
  const id = useId();
  const hidden = ["description", "min", "max", "min_items", "max_items", "regex", "group"];
  const hasHidden = hidden.some((field) => errorAt(issues, `${pointer}/${field}`) !== undefined);
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || hasHidden;
  const { family } = PARAMETER_TYPES.get(parameter.type) ?? { family: "text" };
  const itemType = parameter.type === "enum" ? "str" : parameter.type.replace("list_", "");
  const setChoices = (texts: string[]) =>
    change({ ...parameter, choices: texts.map((text) => choiceOf(itemType, text)) });
  const at = (field: string) => errorAt(issues, `${pointer}/${field}`);
  return (
    <ItemCard
      name={parameter.name}
      color={COLOURS[family] ?? "--type-other"}
      isReadOnly={isReadOnly}
      remove={remove}
      move={move}
      rename={(name) => change({ ...parameter, name })}
      error={at("name")}
    >
      <Group gap="xs" grow align="flex-start">
        <Select
          label={t("operations.field.type")}
          data={[...PARAMETER_TYPES.keys()].map((value) => ({
            value,
            label: textOr(`parameter.type.${value}`, value),
          }))}
          value={parameter.type}
          onChange={(type) => type !== null && change(withType(parameter, type))}
          readOnly={isReadOnly}
          allowDeselect={false}
          searchable
          error={at("type")}
          size="xs"
        />
        <ValueField
          label={t("operations.field.default")}
          parameter={parameter}
          value={parameter.default}
          onChange={(value) => change({ ...parameter, default: value })}
          isReadOnly={isReadOnly}
          error={at("default")}
        />
      </Group>
      {WITH_CHOICES.has(parameter.type) && (parameter.type === "enum" || shown) && (
        <TagsInput
          label={t("operations.field.choices")}
          description={t("operations.field.choices.hint")}
          value={parameter.choices.map(String)}
          onChange={setChoices}
          readOnly={isReadOnly}
          error={at("choices")}
          size="xs"
        />
      )}
      <Checkbox
        label={t("operations.field.required")}
        checked={parameter.required}
        onChange={(event) => change({ ...parameter, required: event.currentTarget.checked })}
        disabled={isReadOnly}
        error={at("required")}
        size="xs"
      />
      <UnstyledButton
        className={classes.fold}
        aria-expanded={shown}
        aria-controls={id}
        onClick={() => setOpen(!shown)}
      >
        {shown ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
        {t("operations.limits")}
      </UnstyledButton>
      <Collapse expanded={shown} id={id}>
        <Stack gap="xs">
          <ParameterLimits parameter={parameter} at={at} change={change} isReadOnly={isReadOnly} />
        </Stack>
      </Collapse>
    </ItemCard>
  );
}

/** What is no value of the type stays as it was typed: the check says so, at this field. */
function choiceOf(type: string, text: string) {
  const read = parseValue(
    { type, choices: [], min: null, max: null, min_items: 0, max_items: null, regex: null },
    text,
  );
  return read.ok ? read.value : text;
}
