import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import type { CodeLanguage } from "@/ui/code/props";

const LANGUAGES: Readonly<Record<CodeLanguage, () => Extension>> = {
  shell: () => StreamLanguage.define(shell),
  python,
  yaml,
  json,
  text: () => [],
};

/** Colours by the tokens that logs use too: they are readable on every surface, light and dark. */
const COLOURS = HighlightStyle.define([
  { tag: [tags.comment, tags.meta], color: "var(--text-quiet)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--ansi-5)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--ansi-2)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--ansi-3)" },
  {
    tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.className],
    color: "var(--ansi-4)",
  },
  { tag: [tags.standard(tags.variableName), tags.special(tags.variableName)], color: "var(--ansi-6)" },
  {
    tag: [tags.propertyName, tags.attributeName, tags.definition(tags.propertyName)],
    color: "var(--ansi-4)",
  },
  { tag: tags.invalid, color: "var(--error)" },
]);

export function languageOf(name: CodeLanguage): Extension {
  return [LANGUAGES[name](), syntaxHighlighting(COLOURS)];
}
