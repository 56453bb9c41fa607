import { expect, test } from "vitest";
import { boundsOf, isSeen, viewOf } from "@/canvas/bounds";
import { CanvasSource } from "@/canvas/derive";
import { handlesOf, sizeOf } from "@/canvas/geometry";
import { gripOf, handleOf } from "@/canvas/model";
import { Arrays } from "@/canvas/reactFlow";
import { bindToOutput } from "@/graph/bindings";
import { apply } from "@/graph/commands";
import { readGraph } from "@/graph/model";
import { CATALOGUE, GRAPH } from "./sample";

const card = (nodes: readonly { id: string }[], id: string) => nodes.find((node) => node.id === id);

test("a change of one node gives one new card, all others stay the same objects", () => {
  const source = new CanvasSource();
  const before = source.draw(GRAPH, CATALOGUE);
  const { graph } = apply(GRAPH, { type: "setParameter", node: "train", name: "rate", value: 0.5 });
  const after = source.draw(graph, CATALOGUE);

  expect(card(after.nodes, "train")).not.toBe(card(before.nodes, "train"));
  expect(card(after.nodes, "fetch")).toBe(card(before.nodes, "fetch"));
  expect(card(after.nodes, "last")).toBe(card(before.nodes, "last"));
  expect(after.links.map((link, place) => link === before.links[place])).toEqual([true, true]);
});

test("links have the type of what flows through them; order-only links have none", () => {
  const { links } = new CanvasSource().draw(GRAPH, CATALOGUE);

  expect(links.map(({ kind, type }) => [kind, type])).toEqual([
    ["data", "csv"],
    ["order", ""],
  ]);
});

test("a link to an output that the operation lost still has a port to begin at", () => {
  const { graph } = apply(GRAPH, {
    type: "addLink",
    from: { node: "fetch", output: "gone" },
    to: { node: "last", input: "table" },
  });
  const { nodes } = new CanvasSource().draw(graph, CATALOGUE);

  const [fetch] = nodes;
  expect(fetch?.outputs.at(-1)).toMatchObject({ name: "gone", known: false });
  expect(fetch && handlesOf(fetch).map(({ id }) => id)).toContain("out:gone");
});

test("a hidden parameter that is bound to an output is shown, for its link must end somewhere", () => {
  const value = bindToOutput({ node: "fetch", output: "rows" });
  const { graph } = apply(GRAPH, { type: "setParameter", node: "train", name: "hidden", value });
  const { nodes, links } = new CanvasSource().draw(graph, CATALOGUE);

  const train = nodes.find(({ id }) => id === "train");
  expect(train?.parameters.find(({ name }) => name === "hidden")).toMatchObject({ text: "fetch.rows" });
  expect(links.map(({ kind }) => kind)).toContain("binding");
});

test("every handle is on the border of its card, and none below it", () => {
  const { nodes } = new CanvasSource().draw(GRAPH, CATALOGUE);
  for (const node of nodes) {
    const { width, height } = sizeOf(node);
    for (const handle of handlesOf(node)) {
      expect([0, width]).toContain(handle.x + (handle.width ?? 0) / 2);
      expect(handle.y + (handle.height ?? 0)).toBeLessThan(height);
    }
  }
});

test("nodes without a place are put below those that have one", () => {
  const graph = readGraph({
    nodes: [
      { id: "a", operation: "lab/fetch@1", position: { x: 0, y: 0 } },
      { id: "b", operation: "lab/train@1" },
    ],
  });
  const { nodes } = new CanvasSource().draw(graph, CATALOGUE);

  expect(nodes[1]?.position.y).toBeGreaterThan(100);
});

test("React Flow gets the same element again where neither card, place nor selection changed", () => {
  const { nodes, links } = new CanvasSource().draw(GRAPH, CATALOGUE);
  const arrays = new Arrays();
  const first = arrays.nodes(nodes, new Set(), null);
  const edges = arrays.edges(links, new Set());

  const dragged = arrays.nodes(nodes, new Set(["train"]), new Map([["last", { x: 1, y: 2 }]]));
  expect(dragged.map((node, place) => node === first[place])).toEqual([true, false, false]);
  expect(dragged[2]?.position).toEqual({ x: 1, y: 2 });
  expect(arrays.edges(links, new Set())[0]).toBe(edges[0]);
});

test("the first view shows everything", () => {
  const { nodes } = new CanvasSource().draw(GRAPH, CATALOGUE);
  const bounds = boundsOf(nodes);
  const screen = { width: 900, height: 600 };

  expect(bounds && isSeen(bounds, viewOf(bounds, screen, 1), screen)).toBe(true);
  expect(bounds && isSeen(bounds, { x: 100, y: 0, zoom: 1 }, screen)).toBe(false);
  expect(boundsOf([])).toBeNull();
});

test("handles name their ends, whatever the ports are called", () => {
  expect(gripOf("n", handleOf("input", "a:b"))).toEqual({ node: "n", side: "input", port: "a:b" });
  expect(gripOf("n", "before:")).toEqual({ node: "n", side: "before", port: "" });
});
