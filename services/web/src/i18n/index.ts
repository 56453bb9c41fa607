/** Texts in the reader's language. English is there at once and says which keys exist; others are fetched when needed. */

import { useSyncExternalStore } from "react";
import { en } from "@/i18n/en";

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
export type Language = "en" | "zh";
export type Values = Readonly<Record<string, string | number>>;

export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };
const KEPT_AS = "plynx-language";

let language: Language = "en";
let texts: Texts = en;
const watchers = new Set<() => void>();

export async function speak(wanted: Language): Promise<void> {
  texts = wanted === "zh" ? (await import("@/i18n/zh")).zh : en;
  language = wanted;
  document.documentElement.lang = wanted;
  localStorage.setItem(KEPT_AS, wanted);
  for (const watcher of watchers) watcher();
}

/** What was chosen here before; else what the browser asks for. */
export function preferred(): Language {
  const kept = localStorage.getItem(KEPT_AS) ?? navigator.language;
  return kept.startsWith("zh") ? "zh" : "en";
}

/**
 * The text of a key; `{name}` in it is replaced by the value, `{name:line|lines}` by the word for one or for others.
 * Outside of components, and inside together with `useTexts`.
 */
export function t(key: Key, values: Values = {}): string {
  return texts[key].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one, others) => {
    const value = values[name];
    if (value === undefined || one === undefined) return String(value ?? whole);
    return String(value) === "1" ? one : others;
  });
}

/** For keys made of parts, such as `state.` and a state: the part itself where no text is known. */
export function textOr(key: string, otherwise: string, values: Values = {}): string {
  return key in texts ? t(key as Key, values) : otherwise;
}

/** Makes a component speak anew when the language changes; returns `t` for convenience. */
export function useTexts(): typeof t {
  useSyncExternalStore(watch, () => language);
  return t;
}

export function currentLanguage(): Language {
  return language;
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
