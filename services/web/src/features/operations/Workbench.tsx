import { Alert, Stack } from "@mantine/core";
import { IconGitFork } from "@tabler/icons-react";
import { useState } from "react";
import { CodePanel } from "@/features/operations/CodePanel";
import { Conflict } from "@/features/operations/Conflict";
import { Declaration } from "@/features/operations/Declaration";
import { OperationActions } from "@/features/operations/OperationActions";
import { PreviewPanel } from "@/features/operations/PreviewPanel";
import { StatusMark } from "@/features/operations/StatusMark";
import { UnsavedGuard } from "@/features/operations/UnsavedGuard";
import { useChecks } from "@/features/operations/useChecks";
import { type Stored, useDraft } from "@/features/operations/useDraft";
import { useSaving } from "@/features/operations/useSaving";
import classes from "@/features/operations/Workbench.module.css";
import type { Json, Operation } from "@/graph/model";
import { useTexts } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** An operation with everything that belongs to it: what it declares, its code, and what a worker would execute. */
export function Workbench({ stored, start }: { stored: Stored | null; start: Operation }) {
  const t = useTexts();
  const draft = useDraft(stored, start);
  const saving = useSaving(draft, stored === null);
  const [samples, setSamples] = useState<Readonly<Record<string, Json>>>({});
  const checks = useChecks(draft.operation, samples);
  const { operation } = draft;
  const isReadOnly = operation.status !== "draft";
  const form = { operation, change: draft.change, issues: isReadOnly ? [] : checks.issues, isReadOnly };

  return (
    <div className={classes.workbench}>
      <PageHeader
        title={operation.title || operation.name || t("operations.new")}
        beside={
          <>
            {stored !== null && <span className={`${classes.reference} quiet mono`}>{stored.ref}</span>}
            <StatusMark status={operation.status} />
            <span className={draft.isDirty ? classes.unsaved : "quiet"} role="status">
              {draft.isDirty ? t("operations.unsaved") : saving.said}
            </span>
          </>
        }
        actions={<OperationActions draft={draft} saving={saving} checks={checks} />}
      />
      <Stack gap="xs" className={classes.notices}>
        {draft.newer !== null && <Conflict draft={draft} newer={draft.newer} />}
        {saving.error !== null && <ProblemNotice error={saving.error} />}
        {isReadOnly && (
          <Alert variant="light" color="gray" p="xs" icon={<IconGitFork size={18} aria-hidden />}>
            {operation.status === "deprecated" && operation.successor !== null
              ? t("operations.readonly.successor", { successor: operation.successor })
              : t(`operations.readonly.${operation.status}`)}
          </Alert>
        )}
      </Stack>
      <div className={classes.columns}>
        <Declaration {...form} isNew={stored === null} reference={stored?.ref ?? null} />
        <div className={classes.scripts}>
          <CodePanel {...form} />
          <PreviewPanel operation={operation} checks={checks} samples={samples} change={setSamples} />
        </div>
      </div>
      <UnsavedGuard isDirty={draft.isDirty} isLeaving={saving.isLeaving} />
    </div>
  );
}
