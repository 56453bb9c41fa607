/** The browser's core judges as the platform does; `make docs` writes corpus.json with the platform's answers. */

import { describe, expect, test } from "vitest";
import { fromCode, yamlOf } from "@/graph/code";
import {
  type Json,
  type Operation,
  readGraph,
  readOperation,
  readParameter,
  ShapeError,
  writeGraph,
} from "@/graph/model";
import { accepts, TYPE_NAMES } from "@/graph/types";
import { validateGraph } from "@/graph/validation";
import { coerce, mayBeBound, PARAMETER_TYPES, parseValue, type Read } from "@/graph/values";
import { readYaml } from "@/graph/yamlText";
import corpus from "./corpus.json";

const catalogue = new Map<string, Operation>(
  Object.entries(corpus.catalogue).map(([name, operation]) => [name, readOperation(operation)]),
);
const limits = {
  kinds: new Set(corpus.kinds),
  types: new Set(corpus.types),
  pools: new Set(corpus.pools),
};

test("the same types are built in", () => {
  expect(TYPE_NAMES).toEqual(corpus.types);
});

test("every pair of types is accepted or refused alike", () => {
  for (const [source, wanted] of Object.entries(corpus.accepts)) {
    expect([source, TYPE_NAMES.filter((name) => accepts([name], source))]).toEqual([source, wanted]);
  }
});

test("the same parameters may be bound to the same sources", () => {
  expect([...PARAMETER_TYPES.keys()]).toEqual(Object.keys(corpus.bound));
  const sources = [...PARAMETER_TYPES.keys(), ...TYPE_NAMES];
  for (const [name, wanted] of Object.entries(corpus.bound)) {
    expect([name, sources.filter((source) => mayBeBound(name, source))]).toEqual([name, wanted]);
  }
});

test.each(corpus.graphs)("the graph '$name' has the same issues", ({ graph, issues }) => {
  const found = validateGraph(readGraph(graph), catalogue, limits);
  expect(found.map(({ path, code, severity }) => ({ path, code, severity }))).toEqual(issues);
});

interface Answers {
  readonly parameter: unknown;
  readonly answers: readonly {
    readonly given: unknown;
    readonly value?: unknown;
    readonly refused?: boolean;
  }[];
}

function expectSame({ parameter, answers }: Answers, read: (given: unknown) => Read) {
  const found = answers.map(({ given }) => {
    const answer = read(given);
    return answer.ok ? { given, value: answer.value } : { given, refused: true };
  });
  expect({ parameter, answers: found }).toEqual({ parameter, answers });
}

test.each(corpus.values as readonly Answers[])("values suit the parameter $parameter alike", (judged) => {
  const parameter = readParameter(judged.parameter);
  expectSame(judged, (given) => coerce(parameter, given as Json));
});

test.each(corpus.texts as readonly Answers[])("typed texts suit the parameter $parameter alike", (judged) => {
  const parameter = readParameter(judged.parameter);
  expectSame(judged, (given) => parseValue(parameter, String(given)));
});

describe("documents", () => {
  const readable = corpus.shapes.filter((shape) => shape.graph !== undefined);
  const broken = corpus.shapes.filter((shape) => shape.issues !== undefined);

  test.each(readable)("are read and written alike: $document", ({ document, graph }) => {
    expect(writeGraph(readGraph(document))).toEqual(graph);
  });

  test.each(broken)("are refused for the same reasons: $document", ({ document, issues }) => {
    const places = (found: readonly { path: string; code: string }[] = []) =>
      found.map(({ path, code }) => `${path} ${code}`).sort();
    expect(() => readGraph(document)).toThrow(ShapeError);
    try {
      readGraph(document);
    } catch (error) {
      expect(places((error as ShapeError).issues)).toEqual(places(issues));
    }
  });
});

test.each(corpus.yaml as unknown as readonly { value: Record<string, Json>; text: string }[])(
  "YAML is written and read alike: $text",
  ({ value, text }) => {
    expect(yamlOf(value)).toBe(text);
    expect(readYaml(text).value).toEqual(value);
  },
);

test("the platform's YAML of a graph reads as the same graph", () => {
  for (const { graph } of corpus.graphs) {
    expect(fromCode(yamlOf(graph as unknown as Record<string, Json>)).graph).toEqual(readGraph(graph));
  }
});
