import { Button } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconArrowBarToDown } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { logUrl } from "@/api/logs";
import { ProblemError } from "@/api/problems";
import type { Stream } from "@/api/schema";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useShortcuts } from "@/ui/shortcuts";
import classes from "./Log.module.css";
import { LogFoot } from "./LogFoot";
import { type Jump, LogLines } from "./LogLines";
import { LogToolbar } from "./LogToolbar";
import { type LogView, useLog } from "./session";
import { useFinding } from "./useFinding";

type Props = {
  run: string;
  node: string;
  title: string;
  stream: Stream;
  /** Null: the newest, and on with those that follow. */
  attempt: number | null;
  newest: number;
  line: number | undefined;
  /** Says in the address what is shown. */
  show: (change: { stream?: Stream; attempt?: number | undefined; line?: number | undefined }) => void;
  hrefOf: (line: number) => string;
};

/** The log of a node: one stream of one attempt, live to its end. */
export function LogPane(props: Props) {
  const t = useTexts();
  const { run, node, stream, attempt, newest, line, show } = props;
  // The newest one when this was opened: of those that begin later, the tail itself tells.
  const [first] = useState(newest);
  const view = useLog({ run, node, stream, attempt: attempt ?? first, onward: attempt === null });
  const [wraps, setWraps] = useLocalStorage({ key: "plynx-log-wraps", defaultValue: false });
  const [follows, setFollows] = useState(line === undefined);
  const [jump, setJump] = useState<Jump | null>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const goTo = (target: number) => {
    setFollows(false);
    setJump({ line: target, at: performance.now() });
  };
  const choose = (target: number) => {
    setFollows(false);
    show({ line: target === line ? undefined : target });
  };
  const { finding, query, line: found, search, step } = useFinding(view, goTo);
  useLineOfAddress(line, view, setJump);
  const toError = () => view.buffer.firstError !== null && goTo(view.buffer.firstError);
  useShortcuts([
    { keys: "/", label: "log.search", scope: "log", act: () => searchField.current?.select() },
    { keys: "e", label: "log.to_error", scope: "log", act: toError },
    { keys: "f", label: "log.follow", scope: "log", act: () => setFollows(true) },
    { keys: "w", label: "log.wrap", scope: "log", act: () => setWraps(!wraps) },
  ]);
  return (
    <section className={classes.viewer} aria-label={t("log.of", { node: props.title })}>
      <LogToolbar
        stream={stream}
        setStream={(chosen) => show({ stream: chosen, line: undefined })}
        attempt={attempt}
        newest={Math.max(newest, view.attempt)}
        setAttempt={(chosen) => show({ attempt: chosen ?? undefined, line: undefined })}
        finding={finding}
        search={search}
        step={step}
        searchField={searchField}
        firstError={view.buffer.firstError}
        toError={toError}
        wraps={wraps}
        setWraps={setWraps}
        download={logUrl({ run, node, stream, attempt: view.attempt })}
      />
      <div className={classes.body}>
        {view.buffer.count === 0 ? (
          <NoLines view={view} stream={stream} />
        ) : (
          <LogLines
            view={view}
            label={t("log.lines_of", { node: props.title, stream: t(`log.stream.${stream}`) })}
            wraps={wraps}
            follows={follows}
            setFollows={setFollows}
            jump={jump}
            chosen={line}
            choose={choose}
            hrefOf={props.hrefOf}
            query={query}
            found={found}
          />
        )}
        {!follows && view.buffer.count > 0 && (
          <Button
            className={classes.pill}
            size="xs"
            radius="xl"
            leftSection={<IconArrowBarToDown size={15} aria-hidden />}
            onClick={() => setFollows(true)}
          >
            {t(view.tail.state === "sealed" ? "log.to_end" : "log.follow")}
          </Button>
        )}
      </div>
      <LogFoot view={view} />
    </section>
  );
}

/** What this was opened with is brought into view once, as soon as it is there; what is chosen here is seen already. */
function useLineOfAddress(line: number | undefined, view: LogView, setJump: (jump: Jump) => void): void {
  const reached = useRef(line === undefined);
  const isThere = line !== undefined && view.buffer.last >= line;
  useEffect(() => {
    if (!isThere || reached.current) return;
    reached.current = true;
    setJump({ line, at: performance.now() });
  }, [isThere, line, setJump]);
}

function NoLines({ view, stream }: { view: LogView; stream: Stream }) {
  const t = useTexts();
  const { tail, attempt } = view;
  if (tail.state === "refused") return <ProblemNotice error={new ProblemError(tail.problem)} />;
  const isOver = tail.state === "sealed";
  const text = isOver
    ? t("log.empty", { stream: t(`log.stream.${stream}`) })
    : t(attempt > 0 || tail.state === "connecting" ? "log.empty.yet" : "log.empty.not_started");
  return <p className={classes.empty}>{text}</p>;
}
