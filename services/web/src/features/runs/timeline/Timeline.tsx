import { ActionIcon, Tooltip } from "@mantine/core";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { timelineQuery } from "@/api/queries/runs";
import { useNow } from "@/canvas/useNow";
import { useTexts } from "@/i18n";
import { duration } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type BarKind, barsOf } from "./bars";
import { Gantt } from "./Gantt";
import classes from "./Timeline.module.css";
import { TimelineTable } from "./TimelineTable";

const LEGEND: readonly BarKind[] = ["queued", "preparing", "running", "finishing", "failed"];
const MOST_ZOOM = 64;

type Props = {
  run: string;
  titles: ReadonlyMap<string, string>;
  selected: string | undefined;
  /** Shows the node, and the log of that attempt. */
  open: (node: string, attempt: number | undefined) => void;
};

export function Timeline({ run, titles, selected, open }: Props) {
  const t = useTexts();
  const { data, error, refetch, dataUpdatedAt } = useQuery(timelineQuery(run));
  const [zoom, setZoom] = useState(1);
  const isOpen = data !== undefined && data.finished_at === null;
  const now = useNow(isOpen);
  const bars = useMemo(
    () => (data === undefined ? null : barsOf(data, Math.max(0, (now - dataUpdatedAt) / 1000))),
    [data, now, dataUpdatedAt],
  );
  if (error !== null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data === undefined || bars === null) return <p className={classes.none}>{t("loading")}</p>;
  if (bars.rows.every(({ attempts }) => attempts.length === 0))
    return <p className={classes.none}>{t("timeline.none")}</p>;
  const critical = data.critical_path.reduce((sum, { waited, worked }) => sum + waited + worked, 0);
  const waited = data.critical_path.reduce((sum, step) => sum + step.waited, 0);
  return (
    <section className={classes.timeline} aria-label={t("run.tab.timeline")}>
      <div className={classes.bar}>
        <span className={classes.legend} aria-hidden>
          {(isOpen ? [...LEGEND, "open" as const] : LEGEND).map((kind) => (
            <span key={kind} className={classes.legendItem}>
              <span className={classes.swatch} data-kind={kind} />
              {t(`timeline.${kind}`)}
            </span>
          ))}
          <span className={classes.legendItem}>
            <span className={classes.swatch} data-critical />
            {t("timeline.critical")}
          </span>
        </span>
        <span className={classes.summary}>
          {t("timeline.summary", { critical: duration(critical), waited: duration(waited) })}
        </span>
        <Zoom zoom={zoom} setZoom={setZoom} />
      </div>
      <Gantt bars={bars} titles={titles} zoom={zoom} selected={selected} open={open} />
      <TimelineTable bars={bars} titles={titles} />
    </section>
  );
}

function Zoom({ zoom, setZoom }: { zoom: number; setZoom: (zoom: number) => void }) {
  const t = useTexts();
  return (
    <span className={classes.zoom}>
      <Tooltip label={t("timeline.zoom_out")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={zoom <= 1}
          aria-label={t("timeline.zoom_out")}
          onClick={() => setZoom(zoom / 2)}
        >
          <IconZoomOut size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("timeline.zoom_in")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={zoom >= MOST_ZOOM}
          aria-label={t("timeline.zoom_in")}
          onClick={() => setZoom(zoom * 2)}
        >
          <IconZoomIn size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
