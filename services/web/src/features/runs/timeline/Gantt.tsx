import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTexts } from "@/i18n";
import { duration } from "@/i18n/format";
import { StateIcon } from "@/ui/StateMark";
import { type Bars, type Row, ticksOf } from "./bars";
import classes from "./Timeline.module.css";

const LANE = 15;
const PADDING = 9;
const LABEL = 200;
const TICK_EVERY = 110;

type Props = {
  bars: Bars;
  titles: ReadonlyMap<string, string>;
  zoom: number;
  selected: string | undefined;
  open: (node: string, attempt: number | undefined) => void;
};

/** A row for each node, in the order in which they can run. */
export function Gantt({ bars, titles, zoom, selected, open }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize();
  const plot = Math.max(100, (width - LABEL - 24) * zoom);
  const rows = useVirtualizer({
    count: bars.rows.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => heightOf(bars.rows[index]),
    overscan: 10,
  });
  const shape = bars.rows.map(({ attempts }) => attempts.length).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when a retry makes a row higher
  useEffect(() => rows.measure(), [shape]);
  const ticks = ticksOf(bars.length, plot / TICK_EVERY);
  return (
    <div
      ref={(element) => {
        box.current = element;
        ref(element);
      }}
      className={classes.gantt}
    >
      <div className={classes.sheet} style={{ width: LABEL + plot + 24 }}>
        <div className={classes.axis} aria-hidden>
          {ticks.map((tick) => (
            <span key={tick} className={classes.tick} style={{ left: LABEL + (tick / bars.length) * plot }}>
              {tick === 0 ? "0" : duration(tick)}
            </span>
          ))}
        </div>
        <div style={{ height: rows.getTotalSize(), position: "relative" }}>
          {ticks.map((tick) => (
            <span key={tick} className={classes.line} style={{ left: LABEL + (tick / bars.length) * plot }} />
          ))}
          {rows.getVirtualItems().map(({ index, start, size }) => {
            const row = bars.rows[index];
            return row === undefined ? null : (
              <GanttRow
                key={row.node}
                row={row}
                title={titles.get(row.node) ?? row.node}
                top={start}
                height={size}
                scale={plot / bars.length}
                isSelected={row.node === selected}
                open={open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function heightOf(row: Row | undefined): number {
  return Math.max(1, row?.attempts.length ?? 1) * LANE + PADDING;
}

type RowProps = {
  row: Row;
  title: string;
  top: number;
  height: number;
  /** Pixels a second. */
  scale: number;
  isSelected: boolean;
  open: Props["open"];
};

function GanttRow({ row, title, top, height, scale, isSelected, open }: RowProps) {
  const t = useTexts();
  return (
    <div
      className={classes.row}
      style={{ top, height }}
      data-selected={isSelected || undefined}
      data-critical={row.isCritical || undefined}
    >
      <button type="button" className={classes.name} onClick={() => open(row.node, undefined)} title={title}>
        <StateIcon state={row.state} size={14} />
        <span className={classes.nameText}>{title}</span>
      </button>
      {row.attempts.flatMap(({ attempt, bars }, lane) =>
        bars.map((bar) => (
          <button
            key={`${attempt} ${bar.kind}`}
            type="button"
            tabIndex={-1}
            className={classes.piece}
            data-kind={bar.kind}
            style={{
              left: LABEL + bar.from * scale,
              width: Math.max(2, (bar.until - bar.from) * scale),
              top: PADDING / 2 + lane * LANE,
            }}
            title={t("timeline.piece", {
              node: title,
              attempt,
              kind: t(`timeline.${bar.kind}`),
              time: duration(bar.until - bar.from),
            })}
            aria-label={t("timeline.go", { node: title, attempt })}
            onClick={() => open(row.node, row.attempts.length > 1 ? attempt : undefined)}
          />
        )),
      )}
    </div>
  );
}
