import { Loader, TextInput, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowUpCircle,
  IconBinaryTree2,
  IconCheckupList,
  IconCode,
  IconCopyPlus,
  IconDeviceFloppy,
  IconListSearch,
  IconPlayerPlayFilled,
  IconRoute,
} from "@tabler/icons-react";
import { arrange } from "@/editor/actions";
import classes from "@/editor/Editor.module.css";
import { act, doAgain, isDirty, open, takeBack, useEditor, useEditorState, useGraph } from "@/editor/store";
import { labelText } from "@/editor/texts";
import { SaveMark } from "@/editor/toolbar/SaveMark";
import { useErrands } from "@/editor/toolbar/useErrands";
import { savingOf } from "@/editor/useSavedBySelf";
import { canRedo, canUndo, redoLabel, undoLabel } from "@/graph/history";
import { useTexts } from "@/i18n";

const MOD = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";

export function Toolbar() {
  const t = useTexts();
  const editor = useEditor();
  const dirty = useEditorState(isDirty);
  const { busy, validate, plan, clone } = useErrands();
  return (
    <header className={classes.toolbar}>
      <Name />
      <SaveMark />
      <span className={classes.spacer} />
      <History />
      <span className={classes.divider} aria-hidden />
      <div role="toolbar" aria-label={t("editor.toolbar")} style={{ display: "flex", gap: 2 }}>
        <Tool
          icon={IconDeviceFloppy}
          label={t("editor.save")}
          hint={`${MOD} S`}
          act={() => void savingOf(editor).now()}
          disabled={!dirty}
        />
        <Tool icon={IconCheckupList} label={t("editor.validate")} act={validate} busy={busy === "validate"} />
        <Tool icon={IconRoute} label={t("editor.plan")} act={plan} busy={busy === "plan"} />
        <Tool
          icon={IconPlayerPlayFilled}
          label={t("editor.run")}
          hint={`${MOD} Enter`}
          act={() => open(editor, "run")}
          primary
        />
        <Tool icon={IconCopyPlus} label={t("editor.clone")} act={clone} busy={busy === "clone"} />
        <Tool icon={IconArrowUpCircle} label={t("editor.upgrade")} act={() => open(editor, "upgrade")} />
        <Tool icon={IconBinaryTree2} label={t("editor.arrange")} hint="L" act={() => arrange(editor)} />
        <Tool icon={IconCode} label={t("editor.code")} act={() => open(editor, "code")} />
      </div>
    </header>
  );
}

function Name() {
  const t = useTexts();
  const editor = useEditor();
  const { title } = useGraph();
  return (
    <TextInput
      className={classes.name}
      variant="unstyled"
      value={title}
      placeholder={t("editor.untitled")}
      aria-label={t("editor.title")}
      onChange={(event) =>
        act(
          editor,
          { type: "setGraph", fields: { title: event.currentTarget.value } },
          { mergeKey: "graph title" },
        )
      }
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

function History() {
  const t = useTexts();
  const editor = useEditor();
  const history = useEditorState((state) => state.history);
  const [back, forth] = [undoLabel(history), redoLabel(history)];
  return (
    <>
      <Tool
        icon={IconListSearch}
        label={t("editor.find")}
        hint={`${MOD} F`}
        act={() => open(editor, "find")}
        iconOnly
      />
      <Tool
        icon={IconArrowBackUp}
        label={back ? t("editor.undo_what", { what: labelText(back) }) : t("editor.undo")}
        hint={`${MOD} Z`}
        act={() => takeBack(editor)}
        disabled={!canUndo(history)}
        iconOnly
      />
      <Tool
        icon={IconArrowForwardUp}
        label={forth ? t("editor.redo_what", { what: labelText(forth) }) : t("editor.redo")}
        hint={`${MOD} Shift Z`}
        act={() => doAgain(editor)}
        disabled={!canRedo(history)}
        iconOnly
      />
    </>
  );
}

interface ToolProps {
  icon: typeof IconCode;
  label: string;
  hint?: string;
  act: () => void;
  disabled?: boolean;
  busy?: boolean;
  primary?: boolean;
  iconOnly?: boolean;
}

function Tool({ icon: Icon, label, hint, act, disabled, busy, primary, iconOnly }: ToolProps) {
  return (
    <Tooltip label={hint ? `${label} · ${hint}` : label}>
      <button
        type="button"
        className={classes.tool}
        data-primary={primary || undefined}
        aria-label={label}
        onClick={act}
        disabled={disabled || busy}
      >
        {busy ? <Loader size={16} /> : <Icon size={17} stroke={1.8} aria-hidden />}
        {!iconOnly && <span className={classes.word}>{label}</span>}
      </button>
    </Tooltip>
  );
}
