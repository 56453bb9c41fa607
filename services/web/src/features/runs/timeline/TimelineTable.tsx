import { textOr, useTexts } from "@/i18n";
import { duration } from "@/i18n/format";
import type { AttemptBars, BarKind, Bars } from "./bars";

/** The same in words, for who does not see the bars. */
export function TimelineTable({ bars, titles }: { bars: Bars; titles: ReadonlyMap<string, string> }) {
  const t = useTexts();
  return (
    <div className="visually-hidden">
      <table>
        <caption>{t("run.tab.timeline")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("run.node")}</th>
            <th scope="col">{t("runs.column.state")}</th>
            <th scope="col">{t("log.attempt")}</th>
            <th scope="col">{t("timeline.begins")}</th>
            <th scope="col">{t("timeline.queued")}</th>
            <th scope="col">{t("timeline.running")}</th>
            <th scope="col">{t("timeline.critical")}</th>
          </tr>
        </thead>
        <tbody>
          {bars.rows.flatMap((row) =>
            row.attempts.map((attempt) => (
              <tr key={`${row.node} ${attempt.attempt}`}>
                <th scope="row">{titles.get(row.node) ?? row.node}</th>
                <td>{textOr(`state.${attempt.outcome}`, attempt.outcome)}</td>
                <td>{attempt.attempt}</td>
                <td>{duration(attempt.bars[0]?.from ?? 0)}</td>
                <td>{duration(spent(attempt, (kind) => kind === "queued"))}</td>
                <td>{duration(spent(attempt, (kind) => kind !== "queued"))}</td>
                <td>{row.isCritical ? t("timeline.yes") : ""}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

function spent({ bars }: AttemptBars, counts: (kind: BarKind) => boolean): number {
  return bars.reduce((sum, { kind, from, until }) => sum + (counts(kind) ? until - from : 0), 0);
}
