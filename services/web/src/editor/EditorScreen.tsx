import { CanvasProvider } from "@/canvas/CanvasProvider";
import { Dialogs } from "@/editor/dialogs/Dialogs";
import classes from "@/editor/Editor.module.css";
import { EditorCanvas } from "@/editor/EditorCanvas";
import { IssuesPanel } from "@/editor/issues/IssuesPanel";
import { Properties } from "@/editor/properties/Properties";
import { SidePanel } from "@/editor/SidePanel";
import { Toolbar } from "@/editor/toolbar/Toolbar";
import { useEditorShortcuts } from "@/editor/useEditorShortcuts";

/** What can be used on the left, the graph in the middle, what it says on the right. */
export function EditorScreen() {
  return (
    <CanvasProvider>
      <Shortcuts />
      <div className={classes.screen}>
        <Toolbar />
        <SidePanel />
        <EditorCanvas />
        <IssuesPanel />
        <Properties />
      </div>
      <Dialogs />
    </CanvasProvider>
  );
}

function Shortcuts() {
  useEditorShortcuts();
  return null;
}
