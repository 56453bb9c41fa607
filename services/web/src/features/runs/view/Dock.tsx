import { ActionIcon, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import type { RunTab } from "@/features/runs/search";
import { useTexts } from "@/i18n";
import tabs from "@/ui/tab.module.css";
import classes from "./Run.module.css";

const TABS: readonly RunTab[] = ["logs", "timeline", "events"];
const LOWEST = 120;
const STEP = 40;

type Props = { tab: RunTab; setTab: (tab: RunTab) => void; children: ReactNode };

/** The panel below: its height is the reader's choice, and kept. */
export function Dock({ tab, setTab, children }: Props) {
  const t = useTexts();
  // Known at once, not after the first painting: the canvas above fits its graph into what is left.
  const kept = { getInitialValueInEffect: false };
  const [height, setHeight] = useLocalStorage({ key: "plynx-run-dock", defaultValue: 300, ...kept });
  const [isOpen, setOpen] = useLocalStorage({ key: "plynx-run-dock-open", defaultValue: true, ...kept });
  const box = useRef<HTMLElement>(null);
  const highest = () => Math.max(LOWEST, (box.current?.parentElement?.clientHeight ?? 800) - 140);
  const resize = (wanted: number) => setHeight(Math.round(Math.max(LOWEST, Math.min(highest(), wanted))));
  return (
    <section
      ref={box}
      className={classes.dock}
      style={{ height: isOpen ? height : undefined }}
      aria-label={t("run.dock")}
    >
      {isOpen && <Grip height={height} highest={highest} resize={resize} />}
      <div className={classes.tabs}>
        <div role="tablist" aria-label={t("run.dock")} className={classes.tablist}>
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`dock-${one}`}
              aria-selected={one === tab && isOpen}
              aria-controls="dock-panel"
              className={`${tabs.tab} ${classes.tab}`}
              onClick={() => {
                setOpen(true);
                setTab(one);
              }}
            >
              {t(`run.tab.${one}`)}
            </button>
          ))}
        </div>
        <Tooltip label={t(isOpen ? "run.dock.close" : "run.dock.open")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t(isOpen ? "run.dock.close" : "run.dock.open")}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronUp size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </div>
      {isOpen && (
        <div id="dock-panel" role="tabpanel" aria-labelledby={`dock-${tab}`} className={classes.panel}>
          {children}
        </div>
      )}
    </section>
  );
}

type GripProps = { height: number; highest: () => number; resize: (height: number) => void };

function Grip({ height, highest, resize }: GripProps) {
  const t = useTexts();
  const held = useRef<{ y: number; height: number } | null>(null);
  const press = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = { y: event.clientY, height };
  };
  const pull = (event: PointerEvent) => {
    if (held.current !== null) resize(held.current.height + held.current.y - event.clientY);
  };
  const key = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? STEP : event.key === "ArrowDown" ? -STEP : 0;
    if (by === 0) return;
    event.preventDefault();
    resize(height + by);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that can be moved has no element of its own
    <div
      className={classes.grip}
      role="separator"
      aria-orientation="horizontal"
      aria-label={t("run.dock.resize")}
      aria-valuenow={height}
      aria-valuemin={LOWEST}
      aria-valuemax={highest()}
      tabIndex={0}
      onPointerDown={press}
      onPointerMove={pull}
      onPointerUp={() => {
        held.current = null;
      }}
      onKeyDown={key}
    />
  );
}
