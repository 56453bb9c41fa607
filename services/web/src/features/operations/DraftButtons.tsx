import { Button, Loader, Tooltip } from "@mantine/core";
import { IconCheck, IconDeviceFloppy, IconZoomCheck } from "@tabler/icons-react";
import type { Checks } from "@/features/operations/useChecks";
import type { Draft } from "@/features/operations/useDraft";
import type { Saving } from "@/features/operations/useSaving";
import { useTexts } from "@/i18n";
import { useShortcuts } from "@/ui/shortcuts";

/** What is done with a draft: look for mistakes, save, approve. */
export function DraftButtons({ draft, saving, checks }: { draft: Draft; saving: Saving; checks: Checks }) {
  const t = useTexts();
  const errors = checks.issues.filter(({ severity }) => severity === "error").length;
  const hasName = draft.operation.name.trim() !== "";
  const save = () => {
    if (draft.isDirty && hasName && draft.newer === null && !saving.isBusy) saving.save.mutate();
  };
  useShortcuts([{ keys: "Mod+s", label: "operations.save", scope: "everywhere", act: save, inFields: true }]);
  return (
    <>
      <Button
        variant="default"
        leftSection={
          checks.isChecking ? (
            <Loader size={16} aria-label={t("operations.checking")} />
          ) : (
            <IconZoomCheck size={16} aria-hidden />
          )
        }
        onClick={checks.check}
      >
        {errors === 0 ? t("operations.validate") : t("operations.mistakes", { count: errors })}
      </Button>
      <Tooltip label="Ctrl/⌘ + S">
        <Button
          variant="default"
          leftSection={<IconDeviceFloppy size={16} aria-hidden />}
          disabled={!draft.isDirty || !hasName || draft.newer !== null}
          loading={saving.save.isPending}
          onClick={save}
        >
          {t("operations.save")}
        </Button>
      </Tooltip>
      <Button
        leftSection={<IconCheck size={16} aria-hidden />}
        disabled={errors > 0 || !hasName || draft.newer !== null}
        loading={saving.approve.isPending}
        onClick={() => saving.approve.mutate()}
      >
        {t("operations.approve")}
      </Button>
    </>
  );
}
