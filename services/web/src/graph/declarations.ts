/** Declarations of parameters, of an operation or of a graph. */

import { isEqual } from "./equality";
import type { Issues } from "./issues";
import { type Json, NAME, type Parameter } from "./model";
import { PARAMETER_TYPES, type ParameterType } from "./parameterTypes";
import { NESTED_REPEAT } from "./patterns";
import { glimpse } from "./refusals";
import { coerce } from "./values";

const LONGEST_REGEX = 500;
const WITH_RANGE = new Set(["int", "float", "list_int", "list_float"]);

export function checkNames(
  issues: Issues,
  things: readonly { readonly name: string }[],
  path: string,
  noun: string,
): void {
  const seen = new Map<string, number>();
  things.forEach(({ name }, index) => {
    const where = `${path}/${index}/name`;
    if (!NAME.test(name)) {
      issues.add(where, "bad_name", { name, noun });
    }
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    // Once is enough.
    if (count === 2) {
      issues.add(where, "duplicate_id", { name, noun });
    }
  });
}

export function checkParameters(issues: Issues, parameters: readonly Parameter[], path: string): void {
  checkNames(issues, parameters, path, "parameter");
  parameters.forEach((parameter, index) => {
    checkParameter(issues, parameter, `${path}/${index}`);
  });
}

function checkParameter(issues: Issues, parameter: Parameter, where: string): void {
  const { name, type } = parameter;
  const kind = PARAMETER_TYPES.get(type);
  if (!kind) {
    issues.add(`${where}/type`, "unknown_type", { name, type });
    return;
  }
  const problems = [
    choicesProblem(parameter),
    rangeProblem(parameter),
    lengthProblem(parameter, kind.family),
    regexProblem(parameter, kind.family),
  ].filter((problem) => problem !== null);
  for (const { field, problem } of problems) {
    issues.add(`${where}/${field}`, "invalid_declaration", { name, type, problem });
  }
  if (problems.length > 0) {
    return;
  }
  parameter.choices.forEach((choice, position) => {
    checkChoice(issues, parameter, kind, choice, `${where}/choices/${position}`);
  });
  const found = parameter.default === null ? null : coerce(parameter, parameter.default);
  if (found && !found.ok) {
    issues.add(`${where}/default`, "invalid_parameter", { name }, found.refusal);
  }
}

interface Problem {
  readonly field: string;
  readonly problem: string;
}

function choicesProblem({ type, choices }: Parameter): Problem | null {
  return type === "enum" && choices.length === 0
    ? { field: "choices", problem: "enum_without_choices" }
    : null;
}

function rangeProblem({ type, min, max }: Parameter): Problem | null {
  if ((min !== null || max !== null) && !WITH_RANGE.has(type)) {
    return { field: min !== null ? "min" : "max", problem: "range_of_no_number" };
  }
  return min !== null && max !== null && max < min ? { field: "max", problem: "max_below_min" } : null;
}

function lengthProblem({ min_items: least, max_items: most }: Parameter, family: string): Problem | null {
  if ((least !== 0 || most !== null) && family !== "list") {
    return { field: "min_items", problem: "items_of_no_list" };
  }
  return least < 0 || (most !== null && most < least)
    ? { field: "max_items", problem: "impossible_number_of_items" }
    : null;
}

/** Whether it compiles is left to the platform: its expressions are not quite the browser's. */
function regexProblem({ type, regex }: Parameter, family: string): Problem | null {
  if (regex === null) {
    return null;
  }
  if (family !== "text" && type !== "list_str") {
    return { field: "regex", problem: "regex_of_no_text" };
  }
  if (regex.length > LONGEST_REGEX) {
    return { field: "regex", problem: "regex_too_long" };
  }
  return NESTED_REPEAT.test(regex) ? { field: "regex", problem: "regex_repeats_repetition" } : null;
}

function checkChoice(
  issues: Issues,
  parameter: Parameter,
  kind: ParameterType,
  choice: Json,
  where: string,
): void {
  const unbounded = {
    ...parameter,
    choices: [],
    min: null,
    max: null,
    min_items: 0,
    max_items: null,
    regex: null,
  };
  const read = coerce(unbounded, kind.family === "list" ? [choice] : choice);
  if (!read.ok) {
    issues.add(where, "invalid_parameter", { name: parameter.name }, read.refusal);
    return;
  }
  const item = kind.family === "list" ? (read.value as readonly Json[])[0] : read.value;
  if (!isEqual(item, choice)) {
    issues.add(where, "invalid_parameter", {
      name: parameter.name,
      choice: glimpse(choice),
      normal: glimpse(item),
    });
  }
}
