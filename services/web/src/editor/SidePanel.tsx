import classes from "@/editor/Editor.module.css";
import { Library } from "@/editor/library/Library";
import { Outline } from "@/editor/outline/Outline";
import { type Side, useEditor, useEditorState } from "@/editor/store";
import { useTexts } from "@/i18n";

const SIDES: readonly Side[] = ["library", "outline"];

export function SidePanel() {
  const t = useTexts();
  const editor = useEditor();
  const side = useEditorState((state) => state.side);
  return (
    <aside className={classes.side} aria-label={t(`${side}.title`)}>
      <div className={classes.panelHead}>
        <div className={classes.tabs} role="tablist">
          {SIDES.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              className={classes.tab}
              aria-selected={side === one}
              onClick={() => editor.setState({ side: one })}
            >
              {t(`${one}.title`)}
            </button>
          ))}
        </div>
      </div>
      {side === "library" ? <Library /> : <Outline />}
    </aside>
  );
}
