import type { TailState } from "@/api/logs";
import { useTexts } from "@/i18n";
import { count, size } from "@/i18n/format";
import classes from "./Log.module.css";
import type { LogView } from "./session";

/** Whether this is all, how much it is, and whether something is missing. */
export function LogFoot({ view }: { view: LogView }) {
  const t = useTexts();
  const { buffer, tail, attempt } = view;
  return (
    <footer className={classes.foot} data-state={tail.state}>
      <span role="status">
        <span className={classes.dot} aria-hidden />
        {stateText(tail, t)}
      </span>
      {attempt > 0 && <span>{t("log.attempt.one", { number: attempt })}</span>}
      <span>{t("log.lines", { lines: count(buffer.last), size: size(buffer.size) })}</span>
      {buffer.dropped > 0 && <span>{t("log.dropped", { lines: count(buffer.dropped) })}</span>}
      {tail.state === "sealed" && tail.seal.truncated && <strong>{t("log.truncated")}</strong>}
    </footer>
  );
}

function stateText(tail: TailState, t: ReturnType<typeof useTexts>): string {
  if (tail.state !== "reconnecting") return t(`log.state.${tail.state}`);
  return t("log.state.reconnecting", { time: new Date(tail.since).toLocaleTimeString() });
}
