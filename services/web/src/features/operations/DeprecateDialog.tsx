import { Button, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { catalogueQuery } from "@/api/queries/operations";
import type { Draft } from "@/features/operations/useDraft";
import type { Saving } from "@/features/operations/useSaving";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

type Props = { draft: Draft; saving: Saving; close: () => void };

/** Names what is to be used instead; the newer versions of the same name come first. */
export function DeprecateDialog({ draft, saving, close }: Props) {
  const t = useTexts();
  const { data = [] } = useQuery(catalogueQuery());
  const own = draft.base?.ref ?? "";
  const name = own.replace(/@\d+$/, "@");
  const usable = data
    .filter(({ ref, operation }) => operation.status === "ready" && operation.kind !== "file" && ref !== own)
    .map(({ ref }) => ref)
    .sort((one, other) => Number(other.startsWith(name)) - Number(one.startsWith(name)));
  const [successor, setSuccessor] = useState<string | null>(null);
  return (
    <Dialog opened onClose={close} title={t("operations.deprecate")}>
      <Text size="sm" mb="sm">
        {t("operations.deprecate.detail", { ref: own })}
      </Text>
      <Select
        label={t("operations.successor")}
        placeholder={t("operations.successor.none")}
        data={usable}
        value={successor}
        onChange={setSuccessor}
        searchable
        clearable
      />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button
          color="orange"
          onClick={() => {
            saving.deprecate.mutate(successor);
            close();
          }}
        >
          {t("operations.deprecate")}
        </Button>
      </Group>
    </Dialog>
  );
}
