import { expect, test } from "vitest";
import { issueText, labelText, refusalText, valueText } from "@/editor/texts";
import type { LabelKey } from "@/graph/commands/types";
import { readGraph } from "@/graph/model";
import { validateGraph } from "@/graph/validation";
import { en } from "@/i18n/en";
import { zh } from "@/i18n/zh";
import { CATALOGUE, GRAPH } from "./sample";

/** TypeScript refuses this file when a step of the history has no text. */
const labels: Readonly<Record<LabelKey, string>> = en;

test("every step of the history has a text in both languages", () => {
  const keys = Object.keys(labels).filter((key) => key.startsWith("command."));
  expect(keys.length).toBeGreaterThan(20);
  expect(keys.filter((key) => !(key in zh))).toEqual([]);
  expect(labelText({ key: "command.moveNodes", params: { count: 3 } })).toBe("Move nodes: 3");
});

test("texts of both languages take the same values", () => {
  const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  const different = Object.entries(en).filter(
    ([key, text]) => values(text).join() !== values(zh[key as keyof typeof zh]).join(),
  );
  expect(different.map(([key]) => key)).toEqual([]);
});

test("what is wrong is said with its names, and what was meant", () => {
  const graph = readGraph({
    ...GRAPH,
    nodes: [{ id: "train", operation: "lab/train@1", parameters: { rat: 1, epochs: "x" } }],
  });
  expect(validateGraph(graph, CATALOGUE).map(issueText)).toEqual([
    "Input ‘table’ needs a link (csv)",
    "There is no parameter ‘rat’: did you mean ‘rate’?",
    "The value of ‘epochs’ does not suit it. Not a whole number: x",
  ]);
});

test("refusals of links and values are sentences", () => {
  expect(refusalText({ code: "incompatible_types", found: "csv", wanted: ["model", "file"] })).toBe(
    "csv does not fit: this takes model | file.",
  );
  expect(valueText({ code: "not_number", params: { value: "x" }, item: 1 })).toBe("Item 2: Not a number: x");
});
