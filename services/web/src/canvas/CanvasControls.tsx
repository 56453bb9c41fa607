import { ActionIcon, Tooltip } from "@mantine/core";
import { IconMap, IconMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import { Panel, useStore } from "@xyflow/react";
import classes from "@/canvas/GraphCanvas.module.css";
import { useCanvas } from "@/canvas/useCanvas";
import { type Key, useTexts } from "@/i18n";
import { useShortcuts } from "@/ui/shortcuts";

interface Props {
  map: boolean;
  toggleMap: () => void;
}

export function CanvasControls({ map, toggleMap }: Props) {
  const canvas = useCanvas();
  const zoom = useStore((state) => Math.round(state.transform[2] * 100));
  useShortcuts([
    { keys: "0", label: "canvas.fit", scope: "canvas", act: canvas.fit },
    { keys: "+", label: "canvas.zoom_in", scope: "canvas", act: canvas.zoomIn },
    { keys: "-", label: "canvas.zoom_out", scope: "canvas", act: canvas.zoomOut },
  ]);
  return (
    <Panel position="bottom-left" className={classes.controls}>
      <Control label="canvas.zoom_out" icon={IconMinus} act={canvas.zoomOut} />
      <span className={classes.zoom}>{zoom} %</span>
      <Control label="canvas.zoom_in" icon={IconPlus} act={canvas.zoomIn} />
      <Control label="canvas.fit" icon={IconMaximize} act={canvas.fit} keys="0" />
      <Control label="canvas.map" icon={IconMap} act={toggleMap} pressed={map} />
    </Panel>
  );
}

type ControlProps = { label: Key; icon: typeof IconMap; act: () => void; keys?: string; pressed?: boolean };

function Control({ label, icon: Icon, act, keys, pressed }: ControlProps) {
  const t = useTexts();
  return (
    <Tooltip label={keys ? `${t(label)} · ${keys}` : t(label)}>
      <ActionIcon
        variant={pressed ? "light" : "subtle"}
        color={pressed ? undefined : "gray"}
        onClick={act}
        aria-label={t(label)}
        aria-pressed={pressed}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
