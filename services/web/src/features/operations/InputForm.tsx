import { Group, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { ItemCard } from "@/features/operations/ItemCard";
import { errorAt, type FieldIssue } from "@/features/operations/issues";
import type { Input } from "@/graph/model";
import { colourToken, TYPE_NAMES } from "@/graph/types";
import { useTexts } from "@/i18n";

type Props = {
  input: Input;
  pointer: string;
  issues: readonly FieldIssue[];
  isReadOnly: boolean;
  change: (input: Input) => void;
  remove: () => void;
  move: (by: 1 | -1) => void;
};

const COUNTS = {
  one: { min: 1, max: 1 },
  optional: { min: 0, max: 1 },
  some: { min: 1, max: -1 },
  any: { min: 0, max: -1 },
} as const;
type Count = keyof typeof COUNTS | "between";
const CHOICES: readonly Count[] = ["one", "optional", "some", "any", "between"];

function countOf({ min, max }: Input): Count {
  const found = Object.entries(COUNTS).find(([, count]) => count.min === min && count.max === max);
  return (found?.[0] as Count | undefined) ?? "between";
}

export function InputForm({ input, pointer, issues, isReadOnly, change, remove, move }: Props) {
  const t = useTexts();
  const count = countOf(input);
  return (
    <ItemCard
      name={input.name}
      color={colourToken(input.types[0] ?? "")}
      isReadOnly={isReadOnly}
      remove={remove}
      move={move}
      rename={(name) => change({ ...input, name })}
      error={errorAt(issues, `${pointer}/name`)}
    >
      <TagsInput
        label={t("operations.field.types")}
        value={[...input.types]}
        data={[...TYPE_NAMES]}
        onChange={(types) => change({ ...input, types })}
        readOnly={isReadOnly}
        error={errorAt(issues, `${pointer}/types`)}
        size="xs"
      />
      <Group gap="xs" grow align="flex-start">
        <Select
          label={t("operations.field.count")}
          data={CHOICES.map((value) => ({ value, label: t(`operations.count.${value}`) }))}
          value={count}
          onChange={(value) => {
            if (value === "between") change({ ...input, min: 2, max: 2 });
            else if (value !== null) change({ ...input, ...COUNTS[value as keyof typeof COUNTS] });
          }}
          readOnly={isReadOnly}
          allowDeselect={false}
          size="xs"
        />
        {count === "between" && (
          <>
            <NumberInput
              label={t("operations.field.min")}
              value={input.min}
              onChange={(value) => change({ ...input, min: Number(value) || 0 })}
              readOnly={isReadOnly}
              error={errorAt(issues, `${pointer}/min`)}
              allowDecimal={false}
              min={0}
              size="xs"
            />
            <NumberInput
              label={t("operations.field.max")}
              value={input.max < 0 ? "" : input.max}
              onChange={(value) => change({ ...input, max: value === "" ? -1 : Number(value) })}
              readOnly={isReadOnly}
              error={errorAt(issues, `${pointer}/max`)}
              allowDecimal={false}
              placeholder={t("operations.unlimited")}
              size="xs"
            />
          </>
        )}
      </Group>
      <TextInput
        label={t("operations.field.description")}
        value={input.description}
        onChange={(event) => change({ ...input, description: event.currentTarget.value })}
        readOnly={isReadOnly}
        size="xs"
      />
    </ItemCard>
  );
}
