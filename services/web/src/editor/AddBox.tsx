import { useCanvas } from "@/canvas/useCanvas";
import { insertSeen } from "@/editor/actions";
import { Choices } from "@/editor/Choices";
import classes from "@/editor/Editor.module.css";
import { entriesOf, matching } from "@/editor/library/entries";
import { graphOf, open, useEditor } from "@/editor/store";
import { useTexts } from "@/i18n";

/** An operation by its name, put in the middle of what is seen. */
export function AddBox() {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const entries = entriesOf(graphOf(editor), editor.getState().catalogue);
  return (
    <search className={classes.floating}>
      <Choices
        label={t("editor.add")}
        none={t("library.empty")}
        search={(query) =>
          matching(entries, query, "all").map(({ reference, title }) => ({
            key: reference,
            label: title,
            beside: reference,
          }))
        }
        onChoose={({ key }) => {
          insertSeen(editor, key, canvas);
          open(editor, null);
        }}
        close={() => open(editor, null)}
      />
    </search>
  );
}
