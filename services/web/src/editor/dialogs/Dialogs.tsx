import { lazy, Suspense } from "react";
import { ConflictDialog } from "@/editor/dialogs/ConflictDialog";
import { LaunchDialog } from "@/editor/dialogs/LaunchDialog";
import { LeaveDialog } from "@/editor/dialogs/LeaveDialog";
import { UpgradeDialog } from "@/editor/dialogs/UpgradeDialog";
import { useEditorState } from "@/editor/store";

// Its reader of YAML is fetched when code is first looked at.
const CodeDialog = lazy(() =>
  import("@/editor/dialogs/CodeDialog").then((module) => ({ default: module.CodeDialog })),
);

export function Dialogs() {
  const dialog = useEditorState((state) => state.dialog);
  return (
    <Suspense>
      {dialog === "run" && <LaunchDialog />}
      {dialog === "code" && <CodeDialog />}
      {dialog === "upgrade" && <UpgradeDialog />}
      {dialog === "conflict" && <ConflictDialog />}
      <LeaveDialog />
    </Suspense>
  );
}
