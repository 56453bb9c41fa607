import { Textarea, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import type { FormProps } from "@/features/operations/form";
import { errorAt } from "@/features/operations/issues";
import { isEqual } from "@/graph/equality";
import { useTexts } from "@/i18n";

/** One `NAME=value` a line; what has no name yet waits in the field. */
export function variablesIn(text: string): Record<string, string> {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

export function textOfVariables(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

export function EnvironmentForm({ operation, change, issues, isReadOnly }: FormProps) {
  const t = useTexts();
  const { env, environment } = operation;
  const [typed, setTyped] = useState(() => textOfVariables(env));
  const text = isEqual(variablesIn(typed), env) ? typed : textOfVariables(env);
  const common = {
    readOnly: isReadOnly,
    size: "xs",
    spellCheck: false,
    classNames: { input: "mono" },
  } as const;
  return (
    <>
      <Title order={3} mt="xs">
        {t("operations.environment")}
      </Title>
      <Textarea
        label={t("operations.field.env")}
        description={t("operations.field.env.hint")}
        value={text}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value);
          change({ ...operation, env: variablesIn(value) });
        }}
        error={errorAt(issues, "/env")}
        autosize
        minRows={2}
        {...common}
      />
      <TextInput
        label={t("operations.field.python")}
        description={t("operations.field.python.hint")}
        value={environment.python}
        onChange={(event) =>
          change({ ...operation, environment: { ...environment, python: event.currentTarget.value } })
        }
        error={errorAt(issues, "/environment/python")}
        {...common}
      />
      <Textarea
        label={t("operations.field.requirements")}
        description={t("operations.field.requirements.hint")}
        value={environment.requirements.join("\n")}
        onChange={({ currentTarget: { value } }) => {
          const requirements = value === "" ? [] : value.split("\n");
          change({ ...operation, environment: { ...environment, requirements } });
        }}
        error={errorAt(issues, "/environment/requirements")}
        autosize
        minRows={2}
        {...common}
      />
    </>
  );
}
