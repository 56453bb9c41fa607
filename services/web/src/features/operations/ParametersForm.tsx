import { Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { moved, newParameter, replaced, without } from "@/features/operations/drafts";
import type { FormProps } from "@/features/operations/form";
import { ParameterForm } from "@/features/operations/ParameterForm";
import { useTexts } from "@/i18n";

export function ParametersForm({ operation, change, issues, isReadOnly }: FormProps) {
  const t = useTexts();
  const { parameters } = operation;
  const set = (next: typeof parameters) => change({ ...operation, parameters: next });
  return (
    <Stack gap="xs">
      {parameters.length === 0 && <span className="quiet">{t("operations.parameters.none")}</span>}
      {parameters.map((parameter, index) => (
        <ParameterForm
          // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is typed, its place does not
          key={index}
          parameter={parameter}
          pointer={`/parameters/${index}`}
          issues={issues}
          isReadOnly={isReadOnly}
          change={(next) => set(replaced(parameters, index, next))}
          remove={() => set(without(parameters, index))}
          move={(by) => set(moved(parameters, index, index + by))}
        />
      ))}
      {!isReadOnly && (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => set([...parameters, newParameter(operation)])}
        >
          {t("operations.parameters.add")}
        </Button>
      )}
    </Stack>
  );
}
