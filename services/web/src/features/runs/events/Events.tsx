import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { heardQuery, nodeRecordsQuery } from "@/api/queries/runs";
import type { RunDetail } from "@/api/schema";
import { textOr, useTexts } from "@/i18n";
import { StateIcon, stateColor } from "@/ui/StateMark";
import classes from "./Events.module.css";
import { eventsOf, type RunEvent } from "./events";

const HEIGHT = 28;
const NONE = {};

type Props = {
  run: RunDetail;
  titles: ReadonlyMap<string, string>;
  select: (node: string) => void;
};

export function Events({ run, titles, select }: Props) {
  const t = useTexts();
  const { data: records } = useQuery(nodeRecordsQuery(run.id));
  const { data: heard } = useQuery(heardQuery(run.id));
  const events = useMemo(() => eventsOf(run, records ?? NONE, heard ?? []), [run, records, heard]);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => HEIGHT,
    overscan: 20,
    getItemKey: (index) => events[index]?.key ?? index,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section ref={box} className={classes.events} tabIndex={0} aria-label={t("run.tab.events")}>
      <ol className={classes.list} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const event = events[index];
          return event === undefined ? null : (
            <li
              key={event.key}
              className={classes.event}
              style={{ transform: `translateY(${start}px)` }}
              aria-posinset={index + 1}
              aria-setsize={events.length}
            >
              <EventLine
                event={event}
                title={event.node && (titles.get(event.node) ?? event.node)}
                select={select}
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

type LineProps = { event: RunEvent; title: string | null; select: (node: string) => void };

function EventLine({ event, title, select }: LineProps) {
  const t = useTexts();
  const { at, node, state, attempt, detail } = event;
  return (
    <>
      <time className={classes.time} dateTime={at}>
        {clock(at)}
      </time>
      <span className={classes.state} style={{ color: stateColor(state) }}>
        <StateIcon state={state === "created" ? "pending" : state} size={14} />
        {textOr(`events.${state}`, textOr(`state.${state}`, state))}
      </span>
      {node === null ? (
        <strong className={classes.subject}>{t("kind.run")}</strong>
      ) : (
        <button type="button" className={classes.subject} onClick={() => select(node)}>
          {title}
        </button>
      )}
      <span className={classes.detail}>
        {attempt !== null && attempt > 1 && `${t("canvas.attempt", { number: attempt })} `}
        {detail}
      </span>
    </>
  );
}

/** To the millisecond: many things happen within a second. */
function clock(at: string): string {
  const moment = new Date(at);
  return `${moment.toLocaleTimeString(undefined, { hour12: false })}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}
