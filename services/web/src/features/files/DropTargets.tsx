import { type Icon, IconFingerprint, IconUpload } from "@tabler/icons-react";
import { type DragEvent, useEffect, useRef, useState } from "react";
import classes from "@/features/files/Files.module.css";
import { useTexts } from "@/i18n";

type Props = { upload: (files: File[]) => void; find: (file: File) => void };

/** While files are dragged over the page: two halves, one for each thing that can be done with them. */
export function DropTargets({ upload, find }: Props) {
  const t = useTexts();
  const isDragged = useFilesOverPage();
  if (!isDragged) return null;
  return (
    <div className={classes.drop}>
      <Target
        icon={IconUpload}
        title={t("files.drop.upload")}
        detail={t("files.drop.upload.detail")}
        take={upload}
      />
      <Target
        icon={IconFingerprint}
        title={t("files.drop.find")}
        detail={t("files.drop.find.detail")}
        take={([file]) => file !== undefined && find(file)}
      />
    </div>
  );
}

type TargetProps = { icon: Icon; title: string; detail: string; take: (files: File[]) => void };

function Target({ icon: TargetIcon, title, detail, take }: TargetProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for pointers only; the buttons of the page do the same by keyboard
    <div
      className={classes.target}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        take([...event.dataTransfer.files]);
      }}
    >
      <TargetIcon size={44} stroke={1.4} aria-hidden />
      <strong>{title}</strong>
      <span>{detail}</span>
    </div>
  );
}

function useFilesOverPage(): boolean {
  const [isDragged, setDragged] = useState(false);
  // Every element that is passed enters and leaves: what counts is that there are more entries than leaves.
  const depth = useRef(0);
  useEffect(() => {
    const hasFiles = (event: globalThis.DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const set = (next: number) => {
      depth.current = Math.max(0, next);
      setDragged(depth.current > 0);
    };
    const enter = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) set(depth.current + 1);
    };
    const leave = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) set(depth.current - 1);
    };
    // Beside the targets the browser must not open the file in place of the application.
    const over = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
      set(0);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return isDragged;
}
