import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconHourglass,
  IconLoader2,
  IconPlayerSkipForward,
  IconRefreshDot,
  IconRotateClockwise2,
  IconStack2,
} from "@tabler/icons-react";
import { textOr, useTexts } from "@/i18n";
import classes from "@/ui/StateMark.module.css";

const ICONS: Readonly<Record<string, typeof IconClock>> = {
  pending: IconClock,
  waiting: IconClock,
  ready: IconStack2,
  running: IconLoader2,
  backoff: IconRotateClockwise2,
  cancelling: IconHourglass,
  succeeded: IconCircleCheck,
  restored: IconRefreshDot,
  failed: IconCircleX,
  cancelled: IconBan,
  skipped: IconPlayerSkipForward,
};

/** The colour of a state of a run or of a node. */
export function stateColor(state: string): string {
  return `var(--state-${state === "pending" ? "waiting" : state})`;
}

export function StateIcon({ state, size = 16 }: { state: string; size?: number }) {
  const Icon = ICONS[state] ?? IconAlertTriangle;
  return (
    <Icon
      size={size}
      color={stateColor(state)}
      aria-hidden
      className={state === "running" ? classes.spinning : undefined}
      stroke={2}
    />
  );
}

/** A state by colour, icon and word: never by colour alone. */
export function StateMark({ state, size = 16 }: { state: string; size?: number }) {
  useTexts();
  return (
    <span className={classes.mark} style={{ color: stateColor(state) }} data-state={state}>
      <StateIcon state={state} size={size} />
      {textOr(`state.${state}`, state)}
    </span>
  );
}
