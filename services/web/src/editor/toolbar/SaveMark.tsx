import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCloudCheck,
  IconCloudOff,
  IconCloudUpload,
  IconPencil,
  IconUsers,
} from "@tabler/icons-react";
import classes from "@/editor/Editor.module.css";
import { isDirty, open, useEditor, useEditorState } from "@/editor/store";
import { useTexts } from "@/i18n";

const ICONS = {
  rest: IconCloudCheck,
  dirty: IconPencil,
  saving: IconCloudUpload,
  offline: IconCloudOff,
  conflict: IconUsers,
  refused: IconAlertTriangle,
} as const;

/** How saving stands, by icon and word. */
export function SaveMark() {
  const t = useTexts();
  const editor = useEditor();
  const saving = useEditorState((state) => state.saving);
  const dirty = useEditorState(isDirty);
  const at = saving.at === "rest" && dirty ? "dirty" : saving.at;
  const Icon = ICONS[at];
  const why = saving.at === "refused" && saving.error instanceof Error ? saving.error.message : undefined;
  const text = (
    <>
      <Icon size={16} aria-hidden />
      <span className={classes.word}>{t(`editor.${at}`)}</span>
    </>
  );
  if (at === "conflict") {
    return (
      <button type="button" className={classes.tool} data-at={at} onClick={() => open(editor, "conflict")}>
        <span className={classes.state} data-at={at}>
          {text}
        </span>
      </button>
    );
  }
  return (
    <Tooltip label={why} disabled={why === undefined} multiline maw={320}>
      <span className={classes.state} data-at={at} role="status">
        {text}
      </span>
    </Tooltip>
  );
}
