import { type CSSProperties, memo, type ReactNode } from "react";
import type { Span, Style } from "./ansi";
import classes from "./Log.module.css";
import { occurrences } from "./search";

type Props = {
  number: number;
  href: string;
  text: string;
  spans: readonly Span[];
  query: string;
  isChosen: boolean;
  isFound: boolean;
  isError: boolean;
};

/** A line: its number is a link to it; its colours, and what was searched for in it. */
export const LogLine = memo(function LogLine(props: Props) {
  const { number, href, text, spans, query } = props;
  return (
    <div
      className={classes.line}
      data-chosen={props.isChosen || undefined}
      data-found={props.isFound || undefined}
      data-error={props.isError || undefined}
    >
      <a className={classes.number} href={href} data-line={number} tabIndex={-1}>
        {number}
      </a>
      <span className={classes.text}>{painted(text, spans, query)}</span>
    </div>
  );
});

function painted(text: string, spans: readonly Span[], query: string): ReactNode {
  const marks = occurrences(text, query);
  if (spans.length === 0 && marks.length === 0) return text === "" ? "\u200b" : text;
  const edges = new Set([0, text.length]);
  for (const { start, end } of spans) edges.add(start).add(end);
  for (const [start, end] of marks) edges.add(start).add(end);
  const places = [...edges].sort((a, b) => a - b);
  return places.slice(0, -1).map((start, index) => {
    const piece = text.slice(start, places[index + 1]);
    const style = spans.find((span) => span.start <= start && start < span.end)?.style;
    const isMarked = marks.some(([from, until]) => from <= start && start < until);
    const content = isMarked ? <mark>{piece}</mark> : piece;
    return (
      <span key={start} style={style && cssOf(style)}>
        {content}
      </span>
    );
  });
}

function cssOf(style: Style): CSSProperties {
  const lines = [style.underline && "underline", style.struck && "line-through"].filter(Boolean).join(" ");
  const color = style.inverse ? (style.background ?? "var(--surface)") : style.color;
  const background = style.inverse ? (style.color ?? "var(--text)") : style.background;
  return {
    ...(color !== undefined && { color }),
    ...(background !== undefined && { background }),
    ...(style.bold && { fontWeight: 700 }),
    ...(style.faint && { opacity: 0.75 }),
    ...(style.italic && { fontStyle: "italic" }),
    ...(lines !== "" && { textDecoration: lines }),
  };
}
