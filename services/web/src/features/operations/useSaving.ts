import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type RefObject, useRef, useState } from "react";
import { isProblem } from "@/api/problems";
import {
  approveOperation,
  cloneOperation,
  createOperation,
  deleteOperation,
  deprecateOperation,
  operationKeys,
  operationQuery,
  retireOperation,
  saveOperation,
} from "@/api/queries/operations";
import { documentOf } from "@/features/operations/documentOf";
import type { Draft, Stored } from "@/features/operations/useDraft";
import { t } from "@/i18n";

export type Saving = ReturnType<typeof useSaving>;

/** What can be done with an operation. Each step names the revision that it is about. `isNew`: its address is not its own. */
export function useSaving(draft: Draft, isNew: boolean) {
  const client = useQueryClient();
  const navigate = useNavigate();
  /** While we go away ourselves nobody needs to be asked about unsaved changes. */
  const isLeaving: RefObject<boolean> = useRef(false);
  const base = draft.base;

  const keep = (stored: Stored) => {
    client.setQueryData(operationKeys.detail(stored.ref), stored);
    void client.invalidateQueries({ queryKey: operationKeys.lists });
    void client.invalidateQueries({ queryKey: ["operations", nameOf(stored.ref)] });
    draft.adopt(stored);
  };
  const goTo = (ref: string | null) => {
    isLeaving.current = true;
    void client.invalidateQueries({ queryKey: operationKeys.lists });
    return ref === null
      ? navigate({ to: "/operations" })
      : navigate({ to: "/operations/$", params: { _splat: ref } });
  };
  /** Somebody else was faster: fetch what they saved, so that `draft.newer` says so. */
  const onError = (error: unknown) => {
    if (base !== null && isProblem(error, "stale_revision"))
      void client.invalidateQueries({ queryKey: operationKeys.detail(base.ref) });
  };
  const [said, told] = useState("");

  const save = useMutation({
    mutationFn: async () =>
      base === null
        ? createOperation(documentOf(draft.operation))
        : saveOperation(base.ref, documentOf(draft.operation), base.etag),
    onSuccess: (stored) => {
      keep(stored);
      told(t("operations.saved"));
      if (isNew) void goTo(stored.ref);
    },
    onError,
  });
  const approve = useMutation({
    mutationFn: async () => {
      const document = documentOf(draft.operation);
      const saved =
        base === null
          ? await createOperation(document)
          : draft.isDirty
            ? await saveOperation(base.ref, document, base.etag)
            : base;
      keep(saved);
      return approveOperation(saved.ref, saved.etag);
    },
    onSuccess: (stored) => {
      keep(stored);
      told(t("operations.approved", { ref: stored.ref }));
      if (isNew) void goTo(stored.ref);
    },
    onError,
  });
  const deprecate = useMutation({
    mutationFn: async (successor: string | null) => deprecateOperation(known().ref, successor, known().etag),
    onSuccess: keep,
    onError,
  });
  const retire = useMutation({
    mutationFn: async () => retireOperation(known().ref, known().etag),
    onSuccess: keep,
    onError,
  });
  const clone = useMutation({
    mutationFn: async (name: string | null) => cloneOperation(known().ref, name === null ? {} : { name }),
    onSuccess: (made) => goTo(made.ref),
  });
  const remove = useMutation({
    mutationFn: async () => deleteOperation(known().ref, known().etag),
    onSuccess: async () => {
      await goTo(null);
      client.removeQueries({ queryKey: operationKeys.detail(known().ref) });
    },
    onError,
  });

  const steps = [save, approve, deprecate, retire, clone, remove];
  return {
    save,
    approve,
    deprecate,
    retire,
    clone,
    remove,
    isLeaving,
    /** The last thing that went well, in words. */
    said,
    isBusy: steps.some((step) => step.isPending),
    /** Of the step that failed last, but for what is told otherwise. */
    error:
      steps.map((step) => step.error).find((error) => error && !isProblem(error, "stale_revision")) ?? null,
    readNewest: async () => client.fetchQuery({ ...operationQuery(known().ref), staleTime: 0 }),
  };

  function known(): Stored {
    if (base === null) throw new Error("an operation that was never saved has no revision");
    return base;
  }
}

function nameOf(ref: string): string {
  return ref.replace(/@\d+$/, "");
}
