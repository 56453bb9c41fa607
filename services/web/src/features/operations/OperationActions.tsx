import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconChevronDown, IconClockExclamation, IconCopy, IconGitFork, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { CloneDialog } from "@/features/operations/CloneDialog";
import { ConfirmDialog } from "@/features/operations/ConfirmDialog";
import { DeprecateDialog } from "@/features/operations/DeprecateDialog";
import { DraftButtons } from "@/features/operations/DraftButtons";
import type { Checks } from "@/features/operations/useChecks";
import type { Draft } from "@/features/operations/useDraft";
import type { Saving } from "@/features/operations/useSaving";
import { useTexts } from "@/i18n";

type Props = { draft: Draft; saving: Saving; checks: Checks };
type Dialog = "deprecate" | "clone" | "delete" | "retire" | null;

export function OperationActions({ draft, saving, checks }: Props) {
  const t = useTexts();
  const [dialog, setDialog] = useState<Dialog>(null);
  const close = () => setDialog(null);
  const { status } = draft.operation;
  const isDraft = status === "draft";
  return (
    <>
      {isDraft && <DraftButtons draft={draft} saving={saving} checks={checks} />}
      {!isDraft && (
        <Button
          leftSection={<IconGitFork size={16} aria-hidden />}
          loading={saving.clone.isPending}
          onClick={() => saving.clone.mutate(null)}
        >
          {t("operations.next_version")}
        </Button>
      )}
      {draft.base !== null && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={t("operations.more")}>
              <IconChevronDown size={17} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => setDialog("clone")}>
              {t("operations.clone")}
            </Menu.Item>
            {status === "ready" && (
              <Menu.Item
                leftSection={<IconClockExclamation size={16} />}
                onClick={() => setDialog("deprecate")}
              >
                {t("operations.deprecate")}
              </Menu.Item>
            )}
            {status === "deprecated" && (
              <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => setDialog("retire")}>
                {t("operations.retire")}
              </Menu.Item>
            )}
            {isDraft && (
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} />}
                onClick={() => setDialog("delete")}
              >
                {t("operations.delete")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog === "clone" && <CloneDialog draft={draft} saving={saving} close={close} />}
      {dialog === "deprecate" && <DeprecateDialog draft={draft} saving={saving} close={close} />}
      {dialog === "delete" && (
        <ConfirmDialog
          title={t("operations.delete")}
          text={t("operations.delete.detail", { ref: draft.base?.ref ?? "" })}
          act={saving.remove.mutate}
          close={close}
        />
      )}
      {dialog === "retire" && (
        <ConfirmDialog
          title={t("operations.retire")}
          text={t("operations.retire.detail", { ref: draft.base?.ref ?? "" })}
          act={saving.retire.mutate}
          close={close}
        />
      )}
    </>
  );
}
