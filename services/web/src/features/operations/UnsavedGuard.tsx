import { Button, Group, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

/** Asks before unsaved changes are lost, also when the window is closed. */
export function UnsavedGuard({ isDirty, isLeaving }: { isDirty: boolean; isLeaving: RefObject<boolean> }) {
  const t = useTexts();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && !isLeaving.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty && !isLeaving.current,
    withResolver: true,
  });
  return (
    <Dialog opened={status === "blocked"} onClose={() => reset?.()} title={t("operations.leave")}>
      <Text size="sm">{t("operations.leave.detail")}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => reset?.()} data-autofocus>
          {t("operations.leave.stay")}
        </Button>
        <Button color="red" onClick={() => proceed?.()}>
          {t("operations.leave.discard")}
        </Button>
      </Group>
    </Dialog>
  );
}
