import { useCanvas } from "@/canvas/useCanvas";
import { goTo } from "@/editor/actions";
import { Choices } from "@/editor/Choices";
import classes from "@/editor/Editor.module.css";
import { graphOf, open, select, useEditor } from "@/editor/store";
import { find } from "@/graph/find";
import { useTexts } from "@/i18n";

/** While one walks along what was found, the canvas shows it. */
export function FindBox() {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  return (
    <search className={classes.floating}>
      <Choices
        label={t("editor.find")}
        placeholder={t("editor.find_hint")}
        none={t("editor.find_none")}
        search={(query) =>
          find(graphOf(editor), editor.getState().catalogue, query).map((match) => ({
            key: match.node,
            label: match.title,
            beside: match.field === "title" ? match.node : match.text.slice(0, 60),
          }))
        }
        onLook={({ key }) => goTo(editor, canvas, key)}
        onChoose={({ key }) => {
          select(editor, [key]);
          canvas.reveal([key]);
          open(editor, null);
        }}
        close={() => open(editor, null)}
      />
    </search>
  );
}
