import { ActionIcon, Button, NativeSelect, SegmentedControl, TextInput, Tooltip } from "@mantine/core";
import {
  IconAlertCircle,
  IconArrowDown,
  IconArrowUp,
  IconDownload,
  IconSearch,
  IconTextWrap,
} from "@tabler/icons-react";
import type { RefObject } from "react";
import type { Stream } from "@/api/schema";
import { useTexts } from "@/i18n";
import { count } from "@/i18n/format";
import classes from "./Log.module.css";

export const STREAMS: readonly Stream[] = ["stdout", "stderr", "worker"];

export type Finding = { query: string; place: number; total: number };

type Props = {
  stream: Stream;
  setStream: (stream: Stream) => void;
  /** Null: the newest, and on with those that follow. */
  attempt: number | null;
  newest: number;
  setAttempt: (attempt: number | null) => void;
  finding: Finding;
  search: (query: string) => void;
  step: (by: 1 | -1) => void;
  searchField: RefObject<HTMLInputElement | null>;
  firstError: number | null;
  toError: () => void;
  wraps: boolean;
  setWraps: (wraps: boolean) => void;
  download: string;
};

export function LogToolbar(props: Props) {
  const t = useTexts();
  const { stream, attempt, newest, firstError, wraps } = props;
  return (
    <div className={classes.toolbar} role="toolbar" aria-label={t("log.toolbar")}>
      <SegmentedControl
        size="xs"
        aria-label={t("log.stream")}
        value={stream}
        onChange={(value) => props.setStream(value as Stream)}
        data={STREAMS.map((value) => ({ value, label: t(`log.stream.${value}`) }))}
      />
      {newest > 1 && (
        <NativeSelect
          size="xs"
          aria-label={t("log.attempt")}
          value={attempt ?? ""}
          onChange={({ target }) => props.setAttempt(target.value === "" ? null : Number(target.value))}
          data={[
            { value: "", label: t("log.attempt.newest") },
            ...Array.from({ length: newest }, (_, index) => ({
              value: String(newest - index),
              label: t("log.attempt.one", { number: newest - index }),
            })),
          ]}
        />
      )}
      {firstError !== null && (
        <Button
          size="compact-xs"
          variant="light"
          color="red"
          leftSection={<IconAlertCircle size={14} aria-hidden />}
          onClick={props.toError}
        >
          {t("log.error", { line: count(firstError) })}
        </Button>
      )}
      <LogFinder {...props} />
      <Tooltip label={t("log.wrap")}>
        <ActionIcon
          variant={wraps ? "light" : "subtle"}
          color={wraps ? undefined : "gray"}
          aria-label={t("log.wrap")}
          aria-pressed={wraps}
          onClick={() => props.setWraps(!wraps)}
        >
          <IconTextWrap size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("log.download")}>
        <ActionIcon
          component="a"
          href={props.download}
          download
          variant="subtle"
          color="gray"
          aria-label={t("log.download")}
        >
          <IconDownload size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function LogFinder({
  finding,
  search,
  step,
  searchField,
}: Pick<Props, "finding" | "search" | "step" | "searchField">) {
  const t = useTexts();
  const { query, place, total } = finding;
  const said =
    query === ""
      ? ""
      : total === 0
        ? t("log.search.none")
        : t("log.search.count", { place: count(place + 1), total: count(total) });
  return (
    <search className={classes.search}>
      <TextInput
        ref={searchField}
        size="xs"
        w={190}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t("log.search")}
        aria-label={t("log.search")}
        value={query}
        onChange={({ target }) => search(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") search("");
        }}
      />
      <span className={classes.count} role="status">
        {said}
      </span>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={total === 0}
        aria-label={t("log.search.previous")}
        onClick={() => step(-1)}
      >
        <IconArrowUp size={15} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={total === 0}
        aria-label={t("log.search.next")}
        onClick={() => step(1)}
      >
        <IconArrowDown size={15} aria-hidden />
      </ActionIcon>
    </search>
  );
}
