import { Checkbox, Group, NumberInput, TextInput } from "@mantine/core";
import type { Parameter } from "@/graph/model";
import { PARAMETER_TYPES } from "@/graph/parameterTypes";
import { useTexts } from "@/i18n";

type Props = {
  parameter: Parameter;
  at: (field: string) => string | undefined;
  change: (parameter: Parameter) => void;
  isReadOnly: boolean;
};

const orNull = (value: string | number) => (value === "" ? null : Number(value));

/** What is said about a parameter less often. */
export function ParameterLimits({ parameter, at, change, isReadOnly }: Props) {
  const t = useTexts();
  const { type } = parameter;
  const family = PARAMETER_TYPES.get(type)?.family;
  const isNumber = family === "number" || type === "list_int" || type === "list_float";
  const common = { readOnly: isReadOnly, size: "xs" } as const;
  return (
    <>
      <TextInput
        label={t("operations.field.description")}
        value={parameter.description}
        onChange={(event) => change({ ...parameter, description: event.currentTarget.value })}
        error={at("description")}
        {...common}
      />
      {isNumber && (
        <Group gap="xs" grow align="flex-start">
          <NumberInput
            label={t("operations.field.min")}
            value={parameter.min ?? ""}
            onChange={(value) => change({ ...parameter, min: orNull(value) })}
            error={at("min")}
            {...common}
          />
          <NumberInput
            label={t("operations.field.max")}
            value={parameter.max ?? ""}
            onChange={(value) => change({ ...parameter, max: orNull(value) })}
            error={at("max")}
            {...common}
          />
        </Group>
      )}
      {family === "list" && (
        <Group gap="xs" grow align="flex-start">
          <NumberInput
            label={t("operations.field.min_items")}
            value={parameter.min_items}
            onChange={(value) => change({ ...parameter, min_items: Number(value) || 0 })}
            error={at("min_items")}
            min={0}
            allowDecimal={false}
            {...common}
          />
          <NumberInput
            label={t("operations.field.max_items")}
            value={parameter.max_items ?? ""}
            onChange={(value) => change({ ...parameter, max_items: orNull(value) })}
            error={at("max_items")}
            min={0}
            allowDecimal={false}
            {...common}
          />
        </Group>
      )}
      {!isNumber && family !== "bool" && family !== "json" && (
        <TextInput
          label={t("operations.field.regex")}
          value={parameter.regex ?? ""}
          onChange={({ currentTarget: { value } }) =>
            change({ ...parameter, regex: value === "" ? null : value })
          }
          error={at("regex")}
          spellCheck={false}
          classNames={{ input: "mono" }}
          {...common}
        />
      )}
      <Group gap="xs" grow align="flex-start">
        <TextInput
          label={t("operations.field.group")}
          value={parameter.group}
          onChange={(event) => change({ ...parameter, group: event.currentTarget.value })}
          error={at("group")}
          {...common}
        />
        <NumberInput
          label={t("operations.field.order")}
          value={parameter.order}
          onChange={(value) => change({ ...parameter, order: Number(value) || 0 })}
          error={at("order")}
          allowDecimal={false}
          {...common}
        />
      </Group>
      <Checkbox
        label={t("operations.field.exposed")}
        checked={parameter.exposed}
        onChange={(event) => change({ ...parameter, exposed: event.currentTarget.checked })}
        disabled={isReadOnly}
        size="xs"
      />
      <Checkbox
        label={t("operations.field.accepts_code")}
        checked={parameter.accepts_code}
        onChange={(event) => change({ ...parameter, accepts_code: event.currentTarget.checked })}
        disabled={isReadOnly}
        size="xs"
      />
    </>
  );
}
