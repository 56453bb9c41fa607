import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Draft } from "@/features/operations/useDraft";
import type { Saving } from "@/features/operations/useSaving";
import { OPERATION_NAME } from "@/graph/operationChecks";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

type Props = { draft: Draft; saving: Saving; close: () => void };

/** Another operation that starts as this one is; the next version has a button of its own. */
export function CloneDialog({ draft, saving, close }: Props) {
  const t = useTexts();
  const [name, setName] = useState(`${draft.operation.name}-copy`);
  const fits = OPERATION_NAME.test(name);
  return (
    <Dialog opened onClose={close} title={t("operations.clone")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.clone.mutate(name);
          close();
        }}
      >
        <TextInput
          data-autofocus
          label={t("operations.field.name")}
          description={t("operations.field.name.hint")}
          value={name}
          error={fits ? undefined : t("operations.field.name.bad")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" disabled={!fits}>
            {t("action.create")}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
