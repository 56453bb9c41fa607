import { describe, expect, test } from "vitest";
import {
  freshName,
  KINDS,
  moved,
  newInput,
  newParameter,
  placeholdersOf,
  startOf,
  withKind,
  withType,
} from "@/features/operations/drafts";
import { readParameter } from "@/graph/model";
import { validateOperation } from "@/graph/operationChecks";

describe("a new operation", () => {
  test.each(KINDS)("of kind %s needs only a name to be valid", (kind) => {
    const context = { kinds: new Set(KINDS as readonly string[]), types: null };
    expect(validateOperation({ ...startOf(kind), name: "first-rows" }, context)).toEqual([]);
  });

  test("of another kind starts with that kind's code, but keeps what somebody has written", () => {
    const untouched = withKind(startOf("bash_jinja2"), "python");
    expect(untouched.cmd).toBe(startOf("python").cmd);
    const written = withKind({ ...startOf("bash_jinja2"), cmd: "echo mine" }, "python");
    expect([written.kind, written.cmd]).toEqual(["python", "echo mine"]);
  });

  test("names what it declares as the code of its kind does", () => {
    expect(placeholdersOf(startOf("bash_jinja2"))).toEqual([
      "{{ input.table }}",
      "{{ param.rows }}",
      "{{ output.result }}",
    ]);
    expect(placeholdersOf(startOf("command"))).toContain('"$PLYNX_INPUT_table"');
    expect(placeholdersOf(startOf("python"))).toContain('params["rows"]');
    expect(placeholdersOf({ ...startOf("python"), kind: "brought-by-a-plugin" })).toEqual([]);
  });
});

describe("lists of named things", () => {
  test("give a new one a name that nobody has", () => {
    expect(freshName("input", [{ name: "input" }, { name: "input_2" }])).toBe("input_3");
    expect(newInput(startOf("python")).name).toBe("input");
    expect(newParameter(startOf("python")).name).toBe("parameter");
  });

  test("put one in another place, but not beyond the ends", () => {
    expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 0, -1)).toEqual(["a", "b", "c"]);
    expect(moved(["a", "b", "c"], 2, 3)).toEqual(["a", "b", "c"]);
  });
});

describe("a parameter of another type", () => {
  const number = readParameter({ name: "n", type: "int", default: 3, min: 1, max: 9 });

  test("loses what the type cannot have", () => {
    expect(withType(number, "str")).toMatchObject({ type: "str", default: null, min: null, max: null });
    const list = readParameter({ name: "l", type: "list_str", min_items: 1, max_items: 3, regex: "x+" });
    expect(withType(list, "int")).toMatchObject({ min_items: 0, max_items: null, regex: null });
  });

  test("keeps what it can have", () => {
    expect(withType(number, "float")).toMatchObject({ type: "float", min: 1, max: 9 });
  });
});
