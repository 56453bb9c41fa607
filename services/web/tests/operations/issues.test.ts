import { expect, test } from "vitest";
import { ProblemError } from "@/api/problems";
import { countWithin, errorAt, issuesOf, lineNotes } from "@/features/operations/issues";

function issue(path: string, message: string, severity = "error") {
  return { path, code: "x", message, severity };
}

test("an issue stands at its field, and at the field that holds its place", () => {
  const issues = [issue("/inputs/1/types/0", "no such type"), issue("/inputs/1", "odd", "warning")];
  expect(errorAt(issues, "/inputs/1/types")).toBe("no such type");
  expect(errorAt(issues, "/inputs/1/name")).toBeUndefined();
  expect(errorAt(issues, "/inputs/10")).toBeUndefined();
  expect(errorAt([issue("/inputs/10/name", "bad")], "/inputs/1")).toBeUndefined();
  expect(countWithin(issues, ["/inputs", "/outputs"])).toBe(2);
});

test("what is wrong with the code stands at its line", () => {
  const notes = lineNotes([
    issue("/cmd", "line 12 of cmd: unexpected end"),
    issue("/cmd", "there is no code", "warning"),
    issue("/name", "line 3 of cmd: not of the code"),
  ]);
  expect(notes).toEqual([
    { line: 12, text: "unexpected end", severity: "error" },
    { line: 1, text: "there is no code", severity: "warning" },
  ]);
});

test("a refusal of the API names its fields; an error of another kind names none", () => {
  const problem = {
    type: "about:blank",
    title: "No",
    status: 422,
    detail: "no",
    code: "invalid_input",
    remedy: "",
    request_id: "r",
    errors: [
      { pointer: "/parameters/rows", code: "invalid_parameter", detail: "too small", severity: "error" },
    ],
  } as const;
  const error = new ProblemError({ ...problem, errors: [...problem.errors] });
  expect(issuesOf(error)).toEqual([
    { path: "/parameters/rows", code: "invalid_parameter", message: "too small", severity: "error" },
  ]);
  expect(issuesOf(new TypeError("else"))).toEqual([]);
});
