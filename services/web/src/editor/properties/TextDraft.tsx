import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

interface Props {
  label: string;
  description?: string;
  value: string;
  /** By Enter, or when the field is left: names change as a whole, for everything that refers to them follows. */
  onDone: (value: string) => void;
  mono?: boolean;
  hideLabel?: boolean;
}

export function TextDraft({ label, description, value, onDone, mono, hideLabel }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  function done(): void {
    if (text !== value) onDone(text);
    // What was refused does not stay in the field.
    setText(value);
  }
  return (
    <TextInput
      label={hideLabel ? undefined : label}
      aria-label={label}
      description={description}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setText(value);
      }}
      classNames={mono ? { input: "mono" } : undefined}
    />
  );
}
