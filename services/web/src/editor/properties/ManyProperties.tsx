import { ActionIcon, Button, Tooltip } from "@mantine/core";
import {
  IconLayoutAlignBottom,
  IconLayoutAlignCenter,
  IconLayoutAlignLeft,
  IconLayoutAlignMiddle,
  IconLayoutAlignRight,
  IconLayoutAlignTop,
  IconLayoutDistributeHorizontal,
  IconLayoutDistributeVertical,
} from "@tabler/icons-react";
import {
  alignSelected,
  arrange,
  distributeSelected,
  duplicateSelected,
  removeSelected,
} from "@/editor/actions";
import classes from "@/editor/properties/Properties.module.css";
import { type Editor, useEditor } from "@/editor/store";
import { type Key, useTexts } from "@/i18n";

type Tool = { label: Key; icon: typeof IconLayoutAlignTop; act: (editor: Editor) => void };

const TOOLS: readonly Tool[] = [
  { label: "props.align.left", icon: IconLayoutAlignLeft, act: (editor) => alignSelected(editor, "left") },
  {
    label: "props.align.center",
    icon: IconLayoutAlignCenter,
    act: (editor) => alignSelected(editor, "center"),
  },
  { label: "props.align.right", icon: IconLayoutAlignRight, act: (editor) => alignSelected(editor, "right") },
  {
    label: "props.distribute.horizontal",
    icon: IconLayoutDistributeVertical,
    act: (editor) => distributeSelected(editor, "horizontal"),
  },
  { label: "props.align.top", icon: IconLayoutAlignTop, act: (editor) => alignSelected(editor, "top") },
  {
    label: "props.align.middle",
    icon: IconLayoutAlignMiddle,
    act: (editor) => alignSelected(editor, "middle"),
  },
  {
    label: "props.align.bottom",
    icon: IconLayoutAlignBottom,
    act: (editor) => alignSelected(editor, "bottom"),
  },
  {
    label: "props.distribute.vertical",
    icon: IconLayoutDistributeHorizontal,
    act: (editor) => distributeSelected(editor, "vertical"),
  },
];

export function ManyProperties({ count }: { count: number }) {
  const t = useTexts();
  const editor = useEditor();
  return (
    <>
      <div className={classes.head}>
        <div>
          <h2>{t("props.many", { count })}</h2>
          <small>{t("props.many_hint")}</small>
        </div>
      </div>
      <div className={classes.section}>
        <div className={classes.tools}>
          {TOOLS.map(({ label, icon: Icon, act }) => (
            <Tooltip key={label} label={t(label)}>
              <ActionIcon
                variant="default"
                size="lg"
                w="100%"
                onClick={() => act(editor)}
                aria-label={t(label)}
              >
                <Icon size={18} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          ))}
        </div>
        <Button variant="default" onClick={() => arrange(editor)}>
          {t("editor.arrange")}
        </Button>
        <Button variant="default" onClick={() => duplicateSelected(editor)}>
          {t("editor.duplicate")}
        </Button>
        <Button variant="default" onClick={() => removeSelected(editor)}>
          {t("editor.delete")}
        </Button>
      </div>
    </>
  );
}
