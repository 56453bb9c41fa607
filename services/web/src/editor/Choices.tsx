import { TextInput } from "@mantine/core";
import { type KeyboardEvent, useId, useState } from "react";
import classes from "@/editor/Editor.module.css";

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly beside: string;
}

interface Props<C extends Choice> {
  label: string;
  placeholder?: string;
  none: string;
  search: (query: string) => readonly C[];
  onChoose: (choice: C) => void;
  /** Of the one under the cursor. */
  onLook?: (choice: C) => void;
  close: () => void;
}

const MOST = 50;

/** A box to type in, and what fits below it: arrows choose, Enter takes, Escape leaves. */
export function Choices<C extends Choice>(props: Props<C>) {
  const { label, placeholder, none, search, onChoose, onLook, close } = props;
  const [query, setQuery] = useState("");
  const [place, setPlace] = useState(0);
  const id = useId();
  const found = search(query).slice(0, MOST);
  const at = Math.min(place, found.length - 1);
  function look(next: number): void {
    setPlace(next);
    const choice = found[next];
    if (choice) onLook?.(choice);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const choice = found[at];
    if (step !== undefined && found.length > 0) look((at + step + found.length) % found.length);
    else if (event.key === "Enter" && choice) onChoose(choice);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return (
    <>
      <TextInput
        autoFocus
        variant="unstyled"
        px={12}
        py={3}
        aria-label={label}
        placeholder={placeholder ?? label}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found[at] && `${id}-${at}`}
      />
      <div className={classes.options} id={id} role="listbox" aria-label={label}>
        {found.map((choice, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keyboard, as a combobox does
          <div
            key={choice.key}
            id={`${id}-${row}`}
            role="option"
            tabIndex={-1}
            aria-selected={row === at}
            className={classes.option}
            onMouseMove={() => setPlace(row)}
            onClick={() => onChoose(choice)}
          >
            <span>{choice.label}</span>
            <small>{choice.beside}</small>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <div className={classes.hint} role="status">
          {none}
        </div>
      )}
    </>
  );
}
