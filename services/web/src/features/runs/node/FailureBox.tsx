import { Button } from "@mantine/core";
import { IconAlertTriangle, IconFileText } from "@tabler/icons-react";
import type { FailureView } from "@/api/schema";
import { parseAnsi } from "@/features/runs/log/ansi";
import type { RunAddress } from "@/features/runs/view/address";
import { textOr, useTexts } from "@/i18n";
import classes from "./Node.module.css";

const LAST_LINES = 20;

/** A failure in words, and the last that the script said of it. */
export function FailureBox({ failure, address }: { failure: FailureView; address: RunAddress }) {
  const t = useTexts();
  const lines = failure.stderr_tail.split("\n").slice(-LAST_LINES);
  return (
    <section className={classes.failure} aria-label={t("node.failure")}>
      <p className={classes.failureTitle}>
        <IconAlertTriangle size={16} aria-hidden />
        {failure.message}
      </p>
      <p className={classes.quiet}>
        {textOr(`failure.${failure.kind}`, failure.kind)}
        {failure.retryable ? "" : ` · ${t("failure.final")}`}
      </p>
      {failure.stderr_tail !== "" && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre className={classes.tail} tabIndex={0} role="document" aria-label={t("node.stderr")}>
          {lines.map((line) => parseAnsi(line).text).join("\n")}
        </pre>
      )}
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconFileText size={14} aria-hidden />}
        onClick={() =>
          address.go({
            tab: "logs",
            stream: failure.stderr_tail === "" ? "stdout" : "stderr",
            line: undefined,
          })
        }
      >
        {t("node.open_log")}
      </Button>
    </section>
  );
}
