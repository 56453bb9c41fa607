import { Alert, Button, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import type { Draft, Stored } from "@/features/operations/useDraft";
import { useTexts } from "@/i18n";
import { ago } from "@/i18n/format";

/** Somebody else has saved the same draft: nobody's work is lost without a decision. */
export function Conflict({ draft, newer }: { draft: Draft; newer: Stored }) {
  const t = useTexts();
  return (
    <Alert color="orange" icon={<IconUsers aria-hidden />} title={t("operations.conflict")} role="alert">
      <Text size="sm">
        {t("operations.conflict.detail", {
          revision: newer.revision,
          mine: draft.base?.revision ?? 0,
          when: ago(newer.updated_at),
        })}
      </Text>
      <Group gap="xs" mt="xs">
        <Button size="xs" variant="default" onClick={() => draft.adopt(newer)}>
          {t("operations.conflict.theirs")}
        </Button>
        <Button size="xs" variant="default" onClick={() => draft.keepMine(newer)}>
          {t("operations.conflict.mine")}
        </Button>
      </Group>
    </Alert>
  );
}
