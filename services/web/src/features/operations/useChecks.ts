import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { operationPreviewQuery, operationVerdictQuery } from "@/api/queries/operations";
import type { Preview } from "@/api/schema";
import { documentOf } from "@/features/operations/documentOf";
import { type FieldIssue, issuesOf } from "@/features/operations/issues";
import type { Json, Operation } from "@/graph/model";
import { OPERATION_NAME } from "@/graph/operationChecks";

const TYPING = 300;
const ANY_NAME = "unnamed";

export type Checks = {
  readonly issues: readonly FieldIssue[];
  /** The last text that could be rendered. */
  readonly preview: Preview | undefined;
  /** Why there is no newer one. */
  readonly refusal: unknown;
  readonly isChecking: boolean;
  readonly check: () => void;
};

/** What the platform says of an operation while it is written: what is wrong, and what a worker would execute. */
export function useChecks(operation: Operation, samples: Readonly<Record<string, Json>>): Checks {
  const [settled] = useDebouncedValue(operation, TYPING);
  const [values] = useDebouncedValue(samples, TYPING);
  const verdict = useQuery({
    ...operationVerdictQuery(documentOf(settled)),
    placeholderData: keepPreviousData,
  });
  // A script can be looked at before its operation has a name.
  const named = OPERATION_NAME.test(settled.name) ? settled : { ...settled, name: ANY_NAME };
  const preview = useQuery({
    ...operationPreviewQuery(documentOf(named), values),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const lastGood = useRef<Preview>(undefined);
  if (preview.isSuccess) lastGood.current = preview.data;
  const issues = (verdict.data?.issues ?? []).map(({ path, code, message, severity }) => ({
    path,
    code,
    message,
    severity,
  }));
  return {
    issues,
    preview: preview.data ?? lastGood.current,
    refusal: preview.error,
    isChecking: verdict.isFetching || preview.isFetching || settled !== operation,
    check: () => void verdict.refetch(),
  };
}

/** Of sample values: by the names of their parameters. */
export function sampleIssues(refusal: unknown, names: ReadonlySet<string>): FieldIssue[] {
  return issuesOf(refusal).filter(({ path }) => {
    const [, group, name] = path.split("/");
    return group === "parameters" && name !== undefined && names.has(name);
  });
}
