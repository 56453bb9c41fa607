import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useId, useRef } from "react";
import { useTexts } from "@/i18n";
import { languageOf } from "@/ui/code/languages";
import { lineNotes, markedPlaceholders, setNotes } from "@/ui/code/notes";
import type { CodeEditorProps } from "@/ui/code/props";
import { codeTheme } from "@/ui/code/theme";

/** A change that came from outside, not from the person who types. */
const Given = Annotation.define<boolean>();
const LINE_EM = 1.55 * 13;
const PADDING = 18;

/** CodeMirror as a controlled component. Tab indents; Escape and then Tab leaves, as CodeMirror has it built in. */
export function Mirror(props: CodeEditorProps) {
  const { value, language, label, readOnly = false, minLines = 3, maxLines, notes, fill } = props;
  const t = useTexts();
  const hint = useId();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const changing = useRef(new Compartment());

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes later is told by the effects below
  useEffect(() => {
    if (host.current === null) return;
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          highlightActiveLine(),
          highlightSelectionMatches(),
          autocompletion({ override: [(context) => offered(context, newest.current.placeholders ?? [])] }),
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
          codeTheme,
          lineNotes,
          markedPlaceholders,
          changing.current.of([]),
          EditorView.updateListener.of((update) => {
            const typed = update.transactions.some((one) => one.docChanged && one.annotation(Given) !== true);
            if (typed) newest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({
      effects: changing.current.reconfigure([
        languageOf(language),
        indentUnit.of(language === "python" ? "    " : "  "),
        EditorState.readOnly.of(readOnly),
        // A text to read is reached by Tab and scrolled by keys, so it stays focusable without being editable.
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-describedby": hint,
          "aria-readonly": String(readOnly),
        }),
      ]),
    });
  }, [language, readOnly, label, hint]);

  useEffect(() => {
    const shown = view.current?.state.doc.toString();
    if (shown === undefined || shown === value) return;
    view.current?.dispatch({
      changes: { from: 0, to: shown.length, insert: value },
      annotations: Given.of(true),
    });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: setNotes.of(notes ?? []) });
  }, [notes]);

  return (
    <div
      style={{
        border: "1px solid var(--line)",
        borderRadius: 6,
        overflow: "auto",
        display: "grid",
        minHeight: minLines * LINE_EM + PADDING,
        ...(fill && { flex: 1 }),
        ...(maxLines !== undefined && { maxHeight: maxLines * LINE_EM + PADDING }),
      }}
    >
      <div ref={host} style={{ minWidth: 0, minHeight: 0 }} />
      <span id={hint} className="visually-hidden">
        {t(readOnly ? "source.hint.read" : "source.hint")}
      </span>
    </div>
  );
}

/** Names that are declared, as the code writes them; after `{{` without the braces that are there already. */
function offered(context: CompletionContext, placeholders: readonly string[]): CompletionResult | null {
  const typed = context.matchBefore(/\{\{ ?[\w.]*|["']?\$?[\w.]+/);
  if (placeholders.length === 0 || (typed === null && !context.explicit)) return null;
  const isInside = typed?.text.startsWith("{{") ?? false;
  const labels = isInside
    ? placeholders.filter((label) => label.startsWith("{{")).map((label) => label.slice(3, -3))
    : placeholders;
  const from = typed === null ? context.pos : typed.from + (isInside ? typed.text.search(/[\w.]*$/) : 0);
  return { from, options: labels.map((label) => ({ label, type: "variable" })) };
}
