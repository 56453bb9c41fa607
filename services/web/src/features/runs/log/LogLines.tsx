import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef } from "react";
import classes from "./Log.module.css";
import { LogLine } from "./LogLine";
import type { LogView } from "./session";

/** As in the style sheet: with a million lines still within what every browser can draw. */
const LINE_HEIGHT = 17;
/** Nearer to the end than this is the end. */
const END_WITHIN = 24;

/** `at`: changes whenever the line shall be brought into view, even to the same one. */
export type Jump = { line: number; at: number };

type Props = {
  view: LogView;
  label: string;
  wraps: boolean;
  follows: boolean;
  setFollows: (follows: boolean) => void;
  jump: Jump | null;
  chosen: number | undefined;
  choose: (line: number) => void;
  hrefOf: (line: number) => string;
  query: string;
  found: number | undefined;
};

/** Only the lines that can be seen are there. Stays at the end while it follows, and lets go when one scrolls up. */
export function LogLines(props: Props) {
  const { view, wraps, follows, setFollows, jump, choose } = props;
  const { buffer } = view;
  const box = useRef<HTMLDivElement>(null);
  /** Where the lines were last; what moves them itself writes it down, so that its echo is not taken for a person's. */
  const seenTop = useRef(0);
  const lines = useVirtualizer({
    count: buffer.count,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 30,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when lines are broken in another way
  useEffect(() => lines.measure(), [wraps]);
  const height = lines.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height says that there is more to see
  useLayoutEffect(() => {
    if (!follows || box.current === null) return;
    box.current.scrollTop = box.current.scrollHeight;
    seenTop.current = box.current.scrollTop;
  }, [follows, height]);
  useLayoutEffect(() => {
    if (jump === null || box.current === null) return;
    lines.scrollToIndex(jump.line - 1 - buffer.dropped, { align: "center" });
    seenTop.current = box.current.scrollTop;
  }, [jump, lines, buffer]);
  const scrolled = () => {
    const element = box.current;
    if (element === null) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < END_WITHIN;
    const moved = element.scrollTop - seenTop.current;
    seenTop.current = element.scrollTop;
    if (follows ? moved < 0 && !isAtEnd : moved > 0 && isAtEnd) setFollows(!follows);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on a link in it, which the keyboard reaches by the toolbar
    <div
      ref={box}
      className={classes.lines}
      onScroll={scrolled}
      onClick={(event) => {
        const number = (event.target as HTMLElement).dataset.line;
        if (number === undefined || event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        choose(Number(number));
      }}
      role="log"
      aria-live="off"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      data-wraps={wraps || undefined}
    >
      <div style={{ height, position: "relative", minWidth: wraps ? undefined : "max-content" }}>
        <div
          className={classes.window}
          style={{ transform: `translateY(${lines.getVirtualItems()[0]?.start ?? 0}px)` }}
        >
          {lines.getVirtualItems().map(({ index }) => {
            const number = buffer.dropped + index + 1;
            const { text, spans } = buffer.line(number);
            return (
              <div key={number} data-index={index} ref={wraps ? lines.measureElement : undefined}>
                <LogLine
                  number={number}
                  href={props.hrefOf(number)}
                  text={text}
                  spans={spans}
                  query={props.query}
                  isChosen={number === props.chosen}
                  isFound={number === props.found}
                  isError={number === buffer.firstError}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
