import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { align, distribute, GRID, layOut, type Rectangle, type Size, snap } from "@/graph/layout";
import type { GraphDocument } from "@/graph/model";
import * as any from "./arbitraries";
import { aGraph, aNode, chain } from "./samples";

vi.setConfig({ testTimeout: 60_000 });

const size: fc.Arbitrary<Size> = fc.record({
  width: fc.integer({ min: 40, max: 400 }),
  height: fc.integer({ min: 20, max: 300 }),
});

function apart(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x + one.width <= other.x ||
    other.x + other.width <= one.x ||
    one.y + one.height <= other.y ||
    other.y + other.height <= one.y
  );
}

function rectangles(graph: GraphDocument, sizes: ReadonlyMap<string, Size>): Rectangle[] {
  return [...layOut(graph, sizes)].map(([id, place]) => ({
    ...place,
    ...(sizes.get(id) ?? { width: 240, height: 100 }),
  }));
}

test("a layout never overlaps, stands on the grid and holds every node", () => {
  fc.assert(
    fc.property(any.graph, fc.array(size, { minLength: 6, maxLength: 6 }), (graph, found) => {
      const sizes = new Map(
        graph.nodes.map((node, index) => [node.id, found[index] ?? { width: 100, height: 100 }]),
      );
      const placed = rectangles(graph, sizes);
      expect(placed).toHaveLength(graph.nodes.length);
      placed.forEach((one, index) => {
        expect([Math.abs(one.x % GRID), Math.abs(one.y % GRID)]).toEqual([0, 0]);
        for (const other of placed.slice(index + 1)) {
          expect(apart(one, other)).toBe(true);
        }
      });
    }),
    { numRuns: 150 },
  );
});

describe("a layout", () => {
  test("goes from left to right, order-only links and bindings too, and starts where the graph was", () => {
    const graph = aGraph([
      aNode("c", { after: ["b"], position: { x: 100, y: 200 } }),
      aNode("b", { parameters: { rows: { $output: { node: "a", output: "count" } } } }),
      aNode("a", { position: { x: 300, y: 60 } }),
    ]);
    const places = layOut(graph, new Map());
    const [a, b, c] = ["a", "b", "c"].map((id) => places.get(id)?.x ?? Number.NaN);
    expect([a, Number(b) > Number(a) + 240, Number(c) > Number(b) + 240]).toEqual([100, true, true]);
    expect(places.get("a")?.y).toBe(60);
  });

  test("of some nodes leaves the others alone", () => {
    expect([...layOut(chain(), new Map(), new Set(["a", "b"])).keys()]).toEqual(["a", "b"]);
    expect(layOut(aGraph([]), new Map()).size).toBe(0);
  });

  test("takes cycles and self links", () => {
    const graph = aGraph([aNode("a", { after: ["b", "a"] }), aNode("b", { after: ["a", "gone"] })]);
    expect(layOut(graph, new Map()).size).toBe(2);
  });

  test("of a large graph does not overlap either, and goes from left to right", () => {
    const parents = (index: number) => [
      `n${index - 7}`,
      `n${Math.floor(index / 3)}`,
      `n${index % 5 ? 0 : 1000 + index}`,
    ];
    const nodes = Array.from({ length: 500 }, (_, index) => aNode(`n${index}`, { after: parents(index) }));
    const loose = [
      aNode("x", { after: ["y"] }),
      aNode("y", { after: ["x"] }),
      aNode("z", { after: ["y"] }),
      aNode("w"),
    ];
    const graph = aGraph([...nodes, ...loose]);
    const sizes = new Map(
      graph.nodes.map(({ id }, index) => [
        id,
        { width: 100 + (index % 7) * 30, height: 40 + (index % 5) * 30 },
      ]),
    );
    const places = layOut(graph, sizes);
    const boxes = rectangles(graph, sizes);
    const overlapping = boxes.filter((one, index) =>
      boxes.slice(index + 1).some((other) => !apart(one, other)),
    );
    expect([places.size, overlapping]).toEqual([504, []]);
    expect(places.get("n499")?.x).toBeGreaterThan(places.get("n492")?.x ?? Number.NaN);
    expect(places.get("n166")?.x).toBeLessThan(places.get("n499")?.x ?? Number.NaN);
  });

  test("of a chain of a thousand nodes is found", () => {
    const nodes = Array.from({ length: 1000 }, (_, index) =>
      aNode(`n${index}`, { after: [`n${index - 1}`] }),
    );
    expect(layOut(aGraph(nodes), new Map()).get("n999")?.x).toBeGreaterThan(300_000);
  });
});

const boxes = new Map<string, Rectangle>([
  ["a", { x: 0, y: 0, width: 100, height: 50 }],
  ["b", { x: 300, y: 200, width: 200, height: 100 }],
  ["c", { x: 120, y: 90, width: 50, height: 30 }],
]);
const along = (places: ReadonlyMap<string, { x: number; y: number }>, at: "x" | "y") =>
  [...places.values()].map((place) => place[at]);

test.each([
  ["left", "x", [0, 0, 0]],
  ["center", "x", [200, 150, 225]],
  ["right", "x", [400, 300, 450]],
  ["top", "y", [0, 0, 0]],
  ["middle", "y", [125, 100, 135]],
  ["bottom", "y", [250, 200, 270]],
] as const)("aligned %s, nodes stand in one line", (how, at, expected) => {
  const places = align(boxes, how);
  expect(along(places, at)).toEqual(expected);
  expect(along(places, at === "x" ? "y" : "x")).toEqual(along(boxes, at === "x" ? "y" : "x"));
});

test("distributed, neighbours have equal gaps, and the outermost stay", () => {
  expect(along(distribute(boxes, "horizontal"), "x")).toEqual([0, 300, 175]);
  expect(along(distribute(boxes, "vertical"), "y")).toEqual([0, 200, 110]);
  expect(along(distribute(new Map([...boxes].slice(0, 1)), "vertical"), "y")).toEqual([0]);
});

test("the grid has no minus zero", () => {
  expect(Object.is(snap({ x: -4, y: 31 }).x, 0)).toBe(true);
  expect(snap({ x: -14, y: 31 })).toEqual({ x: -20, y: 40 });
});
