import { Button, Stack, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { moved, newInput, newOutput, replaced, without } from "@/features/operations/drafts";
import type { FormProps } from "@/features/operations/form";
import { InputForm } from "@/features/operations/InputForm";
import { OutputForm } from "@/features/operations/OutputForm";
import { useTexts } from "@/i18n";

export function PortsForm({ operation, change, issues, isReadOnly }: FormProps) {
  const t = useTexts();
  const { inputs, outputs } = operation;
  const setInputs = (next: typeof inputs) => change({ ...operation, inputs: next });
  const setOutputs = (next: typeof outputs) => change({ ...operation, outputs: next });
  return (
    <Stack gap="lg">
      <Stack gap="xs" component="section" aria-label={t("operations.inputs")}>
        <Title order={3}>{t("operations.inputs")}</Title>
        {inputs.length === 0 && <span className="quiet">{t("operations.inputs.none")}</span>}
        {inputs.map((input, index) => (
          <InputForm
            // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is typed, its place does not
            key={index}
            input={input}
            pointer={`/inputs/${index}`}
            issues={issues}
            isReadOnly={isReadOnly}
            change={(next) => setInputs(replaced(inputs, index, next))}
            remove={() => setInputs(without(inputs, index))}
            move={(by) => setInputs(moved(inputs, index, index + by))}
          />
        ))}
        {!isReadOnly && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setInputs([...inputs, newInput(operation)])}
          >
            {t("operations.inputs.add")}
          </Button>
        )}
      </Stack>
      <Stack gap="xs" component="section" aria-label={t("operations.outputs")}>
        <Title order={3}>{t("operations.outputs")}</Title>
        {outputs.length === 0 && <span className="quiet">{t("operations.outputs.none")}</span>}
        {outputs.map((output, index) => (
          <OutputForm
            // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is typed, its place does not
            key={index}
            output={output}
            pointer={`/outputs/${index}`}
            issues={issues}
            isReadOnly={isReadOnly}
            change={(next) => setOutputs(replaced(outputs, index, next))}
            remove={() => setOutputs(without(outputs, index))}
            move={(by) => setOutputs(moved(outputs, index, index + by))}
          />
        ))}
        {!isReadOnly && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setOutputs([...outputs, newOutput(operation)])}
          >
            {t("operations.outputs.add")}
          </Button>
        )}
      </Stack>
    </Stack>
  );
}
