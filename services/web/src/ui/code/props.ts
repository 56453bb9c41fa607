export type CodeLanguage = "shell" | "python" | "yaml" | "json" | "text";

/** Something to say about a line, from 1. */
export type LineNote = { line: number; text: string; severity: "error" | "warning" };

export type CodeEditorProps = {
  value: string;
  /** Not called for a value that was given. */
  onChange?: (value: string) => void;
  language: CodeLanguage;
  /** What a screen reader says it is. */
  label: string;
  readOnly?: boolean;
  minLines?: number;
  /** Higher than this it scrolls; by default it grows with its text. */
  maxLines?: number;
  /** Takes all the height that a column of its parent leaves. */
  fill?: boolean;
  /** Shown under their lines. */
  notes?: readonly LineNote[];
  /** Offered while one types: how the code names what is declared. */
  placeholders?: readonly string[];
};
