import { lazy, Suspense } from "react";
import type { CodeEditorProps } from "@/ui/code/props";

export type { CodeEditorProps, CodeLanguage, LineNote } from "@/ui/code/props";

const Mirror = lazy(() => import("@/ui/code/Mirror").then((module) => ({ default: module.Mirror })));

/** Text of a program, with colours and line numbers. Its weight is fetched when it is first shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Plain {...props} />}>
      <Mirror {...props} />
    </Suspense>
  );
}

/** The same text, to read at once while the editor is on its way. */
function Plain({ value, label, minLines = 3, fill }: CodeEditorProps) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="document"
      className="mono"
      aria-label={label}
      aria-busy
      style={{
        margin: 0,
        padding: "8px 12px 8px 30px",
        minHeight: `${minLines * 1.55}em`,
        overflow: "auto",
        border: "1px solid var(--line)",
        borderRadius: 6,
        background: "var(--sunken)",
        ...(fill && { flex: 1 }),
      }}
    >
      {value}
    </pre>
  );
}
