import type { FieldIssue } from "@/features/operations/issues";
import type { Operation } from "@/graph/model";

/** What every part of the editor is given. */
export type FormProps = {
  readonly operation: Operation;
  readonly change: (next: Operation) => void;
  readonly issues: readonly FieldIssue[];
  readonly isReadOnly: boolean;
};
