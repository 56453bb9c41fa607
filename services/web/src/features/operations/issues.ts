/** What is wrong with an operation, found at the field that it is about. */

import { isProblem } from "@/api/problems";
import type { LineNote } from "@/ui/CodeEditor";

/** `path`: a JSON pointer into the operation. */
export type FieldIssue = {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly severity: string;
};

const LINE = /^line (\d+) of cmd: /;

export function isWithin(path: string, pointer: string): boolean {
  return path === pointer || path.startsWith(`${pointer}/`);
}

/** For the `error` of a field: everything at it and below it; nothing where all is well. */
export function errorAt(issues: readonly FieldIssue[], pointer: string): string | undefined {
  const found = issues.filter(({ path, severity }) => severity === "error" && isWithin(path, pointer));
  return found.length === 0 ? undefined : [...new Set(found.map(({ message }) => message))].join("\n");
}

export function countWithin(issues: readonly FieldIssue[], pointers: readonly string[]): number {
  return issues.filter(({ path }) => pointers.some((pointer) => isWithin(path, pointer))).length;
}

/** Those of the code, at their lines; what names no line stands at the first. */
export function lineNotes(issues: readonly FieldIssue[]): LineNote[] {
  return issues
    .filter(({ path }) => path === "/cmd")
    .map(({ message, severity }) => ({
      line: Number(LINE.exec(message)?.[1] ?? 1),
      text: message.replace(LINE, ""),
      severity: severity === "error" ? "error" : "warning",
    }));
}

/** Of a refusal of the API. */
export function issuesOf(error: unknown): FieldIssue[] {
  if (!isProblem(error)) return [];
  return error.problem.errors.map(({ pointer, code, detail, severity }) => ({
    path: pointer,
    code,
    message: detail,
    severity: severity ?? "error",
  }));
}
