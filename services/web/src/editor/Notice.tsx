import { CloseButton } from "@mantine/core";
import { useEffect } from "react";
import classes from "@/editor/Editor.module.css";
import { useEditor, useEditorState } from "@/editor/store";
import { useTexts } from "@/i18n";

const SHORT = 4_000;
const LONG = 9_000;

/** What just happened; bad news stays longer. */
export function Notice() {
  const t = useTexts();
  const editor = useEditor();
  const notice = useEditorState((state) => state.notice);
  useEffect(() => {
    if (notice === null) return;
    const wait = notice.tone === "bad" ? LONG : SHORT;
    const timer = setTimeout(() => editor.setState({ notice: null }), wait);
    return () => clearTimeout(timer);
  }, [editor, notice]);
  return (
    <div role={notice?.tone === "bad" ? "alert" : "status"}>
      {notice && (
        <div className={classes.notice} data-tone={notice.tone}>
          {notice.text}
          <CloseButton
            size="sm"
            aria-label={t("action.close")}
            onClick={() => editor.setState({ notice: null })}
          />
        </div>
      )}
    </div>
  );
}
