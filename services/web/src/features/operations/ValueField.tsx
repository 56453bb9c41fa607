import { Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { isEqual } from "@/graph/equality";
import type { Json, Parameter } from "@/graph/model";
import { formatValue, parseValue } from "@/graph/values";
import { useTexts } from "@/i18n";

type Props = {
  label: string;
  parameter: Parameter;
  /** `null`: none is given. */
  value: Json;
  onChange: (value: Json) => void;
  isReadOnly?: boolean;
  error?: string | undefined;
  placeholder?: string;
};

const LONG = new Set(["text", "code", "json"]);

/** A value of a parameter, typed. What cannot be read is passed on as it stands: the platform says what is wrong. */
export function ValueField({ label, parameter, value, onChange, isReadOnly, error, placeholder }: Props) {
  const t = useTexts();
  const [typed, setTyped] = useState(() => textOf(parameter.type, value));
  // While it is typed the text is kept (`1.`), but a value that came from elsewhere is shown.
  const text = isEqual(valueIn(parameter, typed), value) ? typed : textOf(parameter.type, value);
  const common = { label, error, readOnly: isReadOnly, placeholder, size: "xs" } as const;
  const type = (next: string) => {
    setTyped(next);
    onChange(valueIn(parameter, next));
  };

  if (parameter.type === "bool" || parameter.choices.length > 0) {
    const choices = parameter.type === "bool" ? ["true", "false"] : parameter.choices.map(String);
    if (!parameter.type.startsWith("list_"))
      return (
        <Select
          {...common}
          data={[...new Set(choices)].map((choice) => ({
            value: choice,
            label: parameter.type === "bool" ? t(`bool.${choice as "true" | "false"}`) : choice,
          }))}
          value={value === null ? null : String(value)}
          onChange={(chosen) => onChange(chosen === null ? null : valueIn(parameter, chosen))}
          clearable
        />
      );
  }
  if (LONG.has(parameter.type))
    return (
      <Textarea
        {...common}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        autosize
        minRows={1}
        maxRows={8}
        spellCheck={false}
        classNames={{ input: "mono" }}
      />
    );
  return <TextInput {...common} value={text} onChange={(event) => type(event.currentTarget.value)} />;
}

function textOf(type: string, value: Json): string {
  return value === null ? "" : formatValue(type, value);
}

function valueIn({ type }: Parameter, text: string): Json {
  if (text === "") return null;
  const read = parseValue(
    { type, choices: [], min: null, max: null, min_items: 0, max_items: null, regex: null },
    text,
  );
  return read.ok ? read.value : text;
}
