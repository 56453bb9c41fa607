import { useEffect, useState } from "react";
import { useLiveness } from "@/api/live";
import { useTexts } from "@/i18n";
import classes from "@/ui/LiveBadge.module.css";

/** Connection lost for longer than this is said as "stale since". */
const PATIENCE = 5_000;

/** Whether what is on the screen is true at this moment. */
export function LiveBadge() {
  const t = useTexts();
  const liveness = useLiveness();
  const [isStale, setStale] = useState(false);
  useEffect(() => {
    setStale(false);
    if (liveness.state !== "reconnecting") return;
    const timer = setTimeout(() => setStale(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [liveness]);
  if (liveness.state === "idle") return null;
  const text =
    liveness.state === "reconnecting" && isStale
      ? t("live.stale", { time: new Date(liveness.since).toLocaleTimeString() })
      : t(`live.${liveness.state}`);
  return (
    <span
      className={classes.badge}
      data-state={liveness.state}
      role="status"
      title={t(`live.hint.${liveness.state}`)}
    >
      <span className={classes.dot} aria-hidden />
      {text}
    </span>
  );
}
