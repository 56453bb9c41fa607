import { type RefObject, useRef } from "react";
import { useShortcuts } from "@/ui/shortcuts";

/** `j` and `k` go from link to link, `a[data-row]`, of the table's body that is returned for `ref`. */
export function useRowSteps(): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null);
  const step = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>("a[data-row]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  useShortcuts([
    { keys: "j", label: "shortcuts.next", scope: "lists", act: () => step(1) },
    { keys: "k", label: "shortcuts.previous", scope: "lists", act: () => step(-1) },
  ]);
  return body;
}
