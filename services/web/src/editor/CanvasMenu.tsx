import { Menu } from "@mantine/core";
import { useCanvas } from "@/canvas/useCanvas";
import {
  arrange,
  copySelected,
  cutSelected,
  duplicateSelected,
  pasteInto,
  removeSelected,
  selectAll,
} from "@/editor/actions";
import { open, useEditor } from "@/editor/store";
import type { Position } from "@/graph/model";
import { type Key, useTexts } from "@/i18n";

export interface MenuAt {
  /** `null`: the empty canvas. */
  readonly node: string | null;
  readonly pointer: Position;
}

/** By the right button; everything in it has a shortcut as well. */
export function CanvasMenu({ menu: { node, pointer }, close }: { menu: MenuAt; close: () => void }) {
  const t = useTexts();
  const editor = useEditor();
  const canvas = useCanvas();
  const ofNode: [Key, string, () => void][] = [
    ["editor.copy", "Ctrl C", () => void copySelected(editor)],
    ["editor.cut", "Ctrl X", () => void cutSelected(editor)],
    ["editor.duplicate", "Ctrl D", () => duplicateSelected(editor)],
    ["editor.delete", "Del", () => removeSelected(editor)],
  ];
  const ofCanvas: [Key, string, () => void][] = [
    ["editor.add", "A", () => open(editor, "add")],
    ["editor.paste", "Ctrl V", () => void pasteInto(editor, canvas.toDocument(pointer))],
    ["editor.select_all", "Ctrl A", () => selectAll(editor)],
    ["editor.arrange", "L", () => arrange(editor)],
    ["canvas.fit", "0", () => canvas.fit()],
  ];
  return (
    <Menu opened onClose={close} position="bottom-start" width={220} offset={0}>
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          aria-label={t(node === null ? "editor.menu" : "editor.menu_node")}
          style={{ position: "fixed", left: pointer.x, top: pointer.y, opacity: 0, pointerEvents: "none" }}
        />
      </Menu.Target>
      <Menu.Dropdown>
        {(node === null ? ofCanvas : ofNode).map(([label, keys, act]) => (
          <Menu.Item key={label} onClick={act} rightSection={<kbd>{keys}</kbd>}>
            {t(label)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
