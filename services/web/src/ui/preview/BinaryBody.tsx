import { useTexts } from "@/i18n";
import { size as sizeText } from "@/i18n/format";
import { hexLines } from "./hex";
import classes from "./Preview.module.css";

type Props = { head: string; size: number; title: string };

/** What nothing better is known of: its first bytes. */
export function BinaryBody({ head, size, title }: Props) {
  const t = useTexts();
  const shown = head.length / 2;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={classes.text} tabIndex={0} role="document" aria-label={title}>
        {hexLines(head).map(({ offset, hex, text }) => (
          <span key={offset}>
            <span className="quiet">{offset}</span>
            {`  ${hex.padEnd(48)}  ${text}\n`}
          </span>
        ))}
      </pre>
      {shown < size && (
        <p className={classes.note}>
          {t("preview.shown", { shown: sizeText(shown), whole: sizeText(size) })}
        </p>
      )}
    </>
  );
}
