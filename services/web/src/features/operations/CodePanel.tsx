import { Text } from "@mantine/core";
import { useMemo } from "react";
import { languageOfKind, placeholdersOf } from "@/features/operations/drafts";
import type { FormProps } from "@/features/operations/form";
import { lineNotes } from "@/features/operations/issues";
import { kindName } from "@/features/operations/kindName";
import classes from "@/features/operations/Workbench.module.css";
import { useTexts } from "@/i18n";
import { CodeEditor } from "@/ui/CodeEditor";

/** The code as its author wrote it; mistakes stand under their lines. */
export function CodePanel({ operation, change, issues, isReadOnly }: FormProps) {
  const t = useTexts();
  const notes = useMemo(() => lineNotes(issues), [issues]);
  const placeholders = useMemo(() => placeholdersOf(operation), [operation]);
  return (
    <section className={classes.script} aria-label={t("operations.code")}>
      <div className={classes.caption}>
        <h2>{t("operations.code")}</h2>
        <Text size="xs" className="quiet">
          {kindName(operation.kind)}
        </Text>
      </div>
      <CodeEditor
        value={operation.cmd}
        onChange={(cmd) => change({ ...operation, cmd })}
        language={languageOfKind(operation.kind)}
        label={t("operations.code")}
        readOnly={isReadOnly}
        notes={notes}
        placeholders={placeholders}
        minLines={12}
        fill
      />
    </section>
  );
}
