import { Autocomplete, TextInput } from "@mantine/core";
import { ItemCard } from "@/features/operations/ItemCard";
import { errorAt, type FieldIssue } from "@/features/operations/issues";
import type { Output } from "@/graph/model";
import { colourToken, TYPE_NAMES } from "@/graph/types";
import { useTexts } from "@/i18n";

type Props = {
  output: Output;
  pointer: string;
  issues: readonly FieldIssue[];
  isReadOnly: boolean;
  change: (output: Output) => void;
  remove: () => void;
  move: (by: 1 | -1) => void;
};

export function OutputForm({ output, pointer, issues, isReadOnly, change, remove, move }: Props) {
  const t = useTexts();
  return (
    <ItemCard
      name={output.name}
      color={colourToken(output.type)}
      isReadOnly={isReadOnly}
      remove={remove}
      move={move}
      rename={(name) => change({ ...output, name })}
      error={errorAt(issues, `${pointer}/name`)}
    >
      <Autocomplete
        label={t("operations.field.type")}
        value={output.type}
        data={[...TYPE_NAMES]}
        onChange={(type) => change({ ...output, type })}
        readOnly={isReadOnly}
        error={errorAt(issues, `${pointer}/type`)}
        selectFirstOptionOnChange={false}
        size="xs"
      />
      <TextInput
        label={t("operations.field.description")}
        value={output.description}
        onChange={(event) => change({ ...output, description: event.currentTarget.value })}
        readOnly={isReadOnly}
        size="xs"
      />
    </ItemCard>
  );
}
