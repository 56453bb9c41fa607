/** Keys that do something: each screen says which, and the overlay shows what is true at the moment. */

import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Key } from "@/i18n";

export type Scope = "everywhere" | "lists" | "canvas" | "log";
/** `keys`: as on the keyboard, `Mod` for Ctrl or ⌘; two with a space between are pressed one after the other. */
export type Shortcut = {
  keys: string;
  label: Key;
  scope: Scope;
  act: (event: KeyboardEvent) => void;
  inFields?: boolean;
  /** The browser's own event, such as `copy`, does the work: here it is only named. */
  native?: boolean;
};

const SEQUENCE_WITHIN = 900;
const registered = new Set<readonly Shortcut[]>();
const watchers = new Set<() => void>();
let shown: readonly Shortcut[] = [];
let pending: { key: string; at: number } | null = null;

/** While the component is there. Of two screens with the same keys, the one that came last gets them. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  const signature = shortcuts.map(({ keys, label }) => `${keys} ${label}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the list, which is new at every render
  useEffect(() => {
    const entry = newest.current.map((shortcut, place) => ({
      ...shortcut,
      act: (event: KeyboardEvent) => newest.current[place]?.act(event),
    }));
    registered.add(entry);
    changed();
    return () => {
      registered.delete(entry);
      changed();
    };
  }, [signature]);
}

export function useRegisteredShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => shown,
  );
}

/** One listener for the whole page. */
export function listenForShortcuts(): () => void {
  window.addEventListener("keydown", pressed);
  return () => window.removeEventListener("keydown", pressed);
}

function changed(): void {
  shown = [...registered].reverse().flat();
  for (const watcher of watchers) watcher();
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const key = nameOf(event);
  const now = event.timeStamp;
  const sequence = pending !== null && now - pending.at < SEQUENCE_WITHIN ? `${pending.key} ${key}` : null;
  const typing = isField(event.target);
  const found =
    shown.find(({ keys, inFields }) => keys === sequence && (inFields || !typing)) ??
    shown.find(({ keys, inFields }) => keys === key && (inFields || !typing));
  pending = found === undefined && !typing ? { key, at: now } : null;
  if (found === undefined || found.native) return;
  event.preventDefault();
  found.act(event);
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const shift = event.shiftKey && (event.key.length > 1 || mod !== "") ? "Shift+" : "";
  return `${mod}${event.altKey ? "Alt+" : ""}${shift}${key}`;
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
