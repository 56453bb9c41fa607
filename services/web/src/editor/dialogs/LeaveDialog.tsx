import { Button, Group, Stack } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { type EditorState, isDirty, useEditor } from "@/editor/store";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

/** What is left is saved by itself; where that fails, whoever leaves is asked first. */
export function LeaveDialog() {
  const t = useTexts();
  const editor = useEditor();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && mayBeLost(editor.getState()),
    // Saving asks the browser itself, also while all is well but a moment away from being saved.
    enableBeforeUnload: false,
    withResolver: true,
  });
  return (
    <Dialog opened={status === "blocked"} onClose={() => reset?.()} title={t("leave.title")}>
      <Stack gap="md">
        <div>{t("leave.text", { state: t(`editor.${editor.getState().saving.at}`) })}</div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => reset?.()} data-autofocus>
            {t("leave.stay")}
          </Button>
          <Button color="red" onClick={() => proceed?.()}>
            {t("leave.leave")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function mayBeLost(state: EditorState): boolean {
  return isDirty(state) && ["conflict", "refused", "offline"].includes(state.saving.at);
}
