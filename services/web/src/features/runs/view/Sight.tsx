import { type RefObject, useEffect, useRef } from "react";
import { useCanvas } from "@/canvas/useCanvas";

/** Brings into view what was chosen; and all, when the first choice, made elsewhere, takes room from the canvas. */
export function Sight({
  node,
  chosenHere,
}: {
  node: string | undefined;
  chosenHere: RefObject<string | undefined>;
}) {
  const canvas = useCanvas();
  const isFirst = useRef(true);
  useEffect(() => {
    if (node === undefined) return;
    // In the first frame the panel takes its room, and the canvas hears of it; in the second it knows its size.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        if (isFirst.current && node !== chosenHere.current) canvas.fit();
        else canvas.reveal([node]);
        isFirst.current = false;
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [node, chosenHere, canvas]);
  return null;
}
