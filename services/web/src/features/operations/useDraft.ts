import { useEffect, useMemo, useState } from "react";
import type { OperationView } from "@/api/schema";
import { isEqual } from "@/graph/equality";
import { type Operation, readOperation } from "@/graph/model";

/** As the platform has it, with the revision that the next change names. */
export type Stored = OperationView & { readonly etag: string };

export type Draft = {
  readonly operation: Operation;
  readonly change: (next: Operation) => void;
  /** What was read when the editing began; `null` of a new one. */
  readonly base: Stored | null;
  readonly isDirty: boolean;
  /** What somebody else has saved since. */
  readonly newer: Stored | null;
  /** Take what the platform has; what was typed is gone. */
  readonly adopt: (stored: Stored) => void;
  /** Keep what was typed, and let the next save replace `newer`. */
  readonly keepMine: (stored: Stored) => void;
};

/** The revision of the beginning is kept: a refetch in the background must not let us overwrite somebody's work. */
export function useDraft(stored: Stored | null, start: Operation): Draft {
  const [base, setBase] = useState(stored);
  const [operation, change] = useState(() => (stored === null ? start : readOperation(stored.operation)));
  const saved = useMemo(() => (base === null ? start : readOperation(base.operation)), [base, start]);
  const isDirty = useMemo(() => !isEqual(operation, saved), [operation, saved]);
  const newer = stored !== null && base !== null && stored.revision > base.revision ? stored : null;
  const adopt = (taken: Stored) => {
    setBase(taken);
    change(readOperation(taken.operation));
  };
  useEffect(() => {
    if (newer === null || isDirty) return;
    setBase(newer);
    change(readOperation(newer.operation));
  }, [newer, isDirty]);
  return { operation, change, base, isDirty, newer: isDirty ? newer : null, adopt, keepMine: setBase };
}
