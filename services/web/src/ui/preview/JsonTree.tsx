import { useState } from "react";
import { useTexts } from "@/i18n";
import { count } from "@/i18n/format";
import classes from "./Preview.module.css";

const AT_ONCE = 100;
/** So deep it is open at first, unless there is much in it. */
const OPEN_TO = 2;
const OPEN_UP_TO = 30;

/** JSON as a tree that opens and closes. */
export function JsonTree({ value, label }: { value: unknown; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.json} tabIndex={0} aria-label={label}>
      <Value name={null} value={value} depth={0} />
    </section>
  );
}

type ValueProps = { name: string | null; value: unknown; depth: number };

function Value({ name, value, depth }: ValueProps) {
  if (typeof value === "object" && value !== null)
    return (
      <Container name={name} entries={Object.entries(value)} isList={Array.isArray(value)} depth={depth} />
    );
  return (
    <div className={classes.leaf}>
      <Name name={name} />
      <span data-type={value === null ? "null" : typeof value}>{JSON.stringify(value)}</span>
    </div>
  );
}

type ContainerProps = { name: string | null; entries: [string, unknown][]; isList: boolean; depth: number };

function Container({ name, entries, isList, depth }: ContainerProps) {
  const t = useTexts();
  const [isOpen, setOpen] = useState(depth < OPEN_TO && entries.length <= OPEN_UP_TO);
  const [shown, setShown] = useState(AT_ONCE);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <Name name={name} />
        {open}
        {!isOpen && ` ${count(entries.length)} ${close}`}
      </summary>
      {isOpen && (
        <div className={classes.branch}>
          {entries.slice(0, shown).map(([key, value]) => (
            <Value key={key} name={isList ? null : key} value={value} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" className={classes.moreJson} onClick={() => setShown(shown + 10 * AT_ONCE)}>
              {t("preview.more_items", { left: count(entries.length - shown) })}
            </button>
          )}
        </div>
      )}
      {isOpen && <span>{close}</span>}
    </details>
  );
}

function Name({ name }: { name: string | null }) {
  return name === null ? null : <span className={classes.key}>{name}: </span>;
}
