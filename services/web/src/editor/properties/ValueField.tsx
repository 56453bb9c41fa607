import { ColorInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import classes from "@/editor/properties/Properties.module.css";
import { valueText } from "@/editor/texts";
import { isEqual } from "@/graph/equality";
import type { Json, Parameter } from "@/graph/model";
import { formatValue, parseValue } from "@/graph/values";
import { useTexts } from "@/i18n";
import { CodeEditor } from "@/ui/CodeEditor";

export interface ValueFieldProps {
  parameter: Parameter;
  value: Json;
  onChange: (value: Json) => void;
  label: string;
  /** What stands in the field does not suit the parameter, or does again. */
  onRefused?: (isRefused: boolean) => void;
}

/** A field as the parameter's type wants it; what does not suit it is said at once and kept out of the graph. */
export function ValueField(props: ValueFieldProps) {
  const { parameter, value, onChange, label } = props;
  useTexts();
  if (parameter.type === "bool") {
    return (
      <Switch
        checked={value === true}
        aria-label={label}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (parameter.choices.length > 0 && !parameter.type.startsWith("list")) return <ChoiceField {...props} />;
  return <TypedField {...props} />;
}

function ChoiceField({ parameter, value, onChange, label }: ValueFieldProps) {
  const shown = (choice: Json) => formatValue(parameter.type, choice);
  return (
    <Select
      aria-label={label}
      data={parameter.choices.map(shown)}
      value={value === null ? null : shown(value)}
      allowDeselect={false}
      searchable={parameter.choices.length > 8}
      onChange={(text) => {
        const choice = parameter.choices.find((one) => shown(one) === text);
        if (choice !== undefined) onChange(choice);
      }}
    />
  );
}

const INPUT_TYPES: Readonly<Record<string, string>> = { date: "date" };
const NUMBERS = new Set(["int", "float"]);

/** Nothing is typed, and there is nothing: whether something must be is said elsewhere. */
function isLeftOut(text: string, value: Json): boolean {
  return text === "" && value === null;
}

/** What is typed stays as it was typed, until somebody else changes the value. */
function TypedField({ parameter, value, onChange, label, onRefused }: ValueFieldProps) {
  const { type } = parameter;
  const [text, setText] = useState(() => formatValue(type, value));
  const read = parseValue(parameter, text);
  useEffect(() => {
    setText((typed) => {
      const now = parseValue(parameter, typed);
      return now.ok && isEqual(now.value, value) ? typed : formatValue(type, value);
    });
    // A refused text must not be replaced by the value before it: only a change of the value itself does that.
  }, [value, type, parameter]);
  function typed(next: string): void {
    setText(next);
    const found = parseValue(parameter, next);
    onRefused?.(!found.ok && !isLeftOut(next, value));
    if (found.ok && !isEqual(found.value, value)) onChange(found.value);
  }
  const error = read.ok || isLeftOut(text, value) ? undefined : valueText(read.refusal);
  if (type === "json" || type === "code") {
    return (
      <>
        <div className={classes.code}>
          <CodeEditor
            value={text}
            onChange={typed}
            language={type === "json" ? "json" : "text"}
            label={label}
            minLines={3}
            maxLines={14}
          />
        </div>
        {error && <span className={classes.problem}>{error}</span>}
      </>
    );
  }
  const common = {
    value: text,
    error,
    "aria-label": label,
    placeholder: formatValue(type, parameter.default),
  };
  if (type === "text" || type.startsWith("list")) {
    return (
      <Textarea
        {...common}
        autosize
        minRows={type === "text" ? 2 : 1}
        maxRows={10}
        onChange={(event) => typed(event.currentTarget.value)}
      />
    );
  }
  if (type === "color") return <ColorInput {...common} onChange={typed} />;
  return (
    <TextInput
      {...common}
      type={INPUT_TYPES[type] ?? "text"}
      inputMode={NUMBERS.has(type) ? "decimal" : undefined}
      onChange={(event) => typed(event.currentTarget.value)}
      onKeyDown={(event) => {
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (step === undefined || !NUMBERS.has(type) || !read.ok || typeof read.value !== "number") return;
        event.preventDefault();
        typed(String(Number((read.value + step * (event.shiftKey ? 10 : 1)).toPrecision(12))));
      }}
    />
  );
}
