import { useMemo } from "react";
import classes from "@/editor/dialogs/Dialogs.module.css";
import { differingLines } from "@/editor/dialogs/differingLines";
import { toCode } from "@/graph/code";
import type { GraphDocument } from "@/graph/model";
import { useTexts } from "@/i18n";

/** Line by line, as code. */
export function Difference({ theirs, mine }: { theirs: GraphDocument; mine: GraphDocument }) {
  const t = useTexts();
  const lines = useMemo(() => differingLines(toCode(theirs), toCode(mine)), [theirs, mine]);
  if (lines.every(({ side }) => side === "both")) return <div className="quiet">{t("conflict.same")}</div>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section className={classes.diff} aria-label={t("conflict.look")} tabIndex={0}>
      {lines.map(({ side, text }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, and the list never changes
        <div key={`${place} ${side}`} data-side={side}>
          {side === "both"
            ? `  ${text}`
            : `${t(side === "mine" ? "conflict.mine" : "conflict.their")} ${text}`}
        </div>
      ))}
    </section>
  );
}
