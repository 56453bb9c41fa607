/** Links that are drawn on the canvas: what may be linked, said in words, and what is then done. */

import type { Grip } from "@/canvas/model";
import { refusalText } from "@/editor/texts";
import { bindToOutput } from "@/graph/bindings";
import type { Command } from "@/graph/commands";
import { LinkJudge } from "@/graph/linking";
import type { Catalogue, GraphDocument } from "@/graph/model";
import { t } from "@/i18n";

const GIVES: ReadonlySet<Grip["side"]> = new Set(["output", "before"]);

/** The end that gives comes first, whichever was taken hold of first; `null`: both give, or both take. */
function directed(one: Grip, other: Grip): [from: Grip, to: Grip] | null {
  if (GIVES.has(one.side) === GIVES.has(other.side)) return null;
  return GIVES.has(one.side) ? [one, other] : [other, one];
}

/** For one graph; asked of every port in sight while a link is dragged. */
export function judgeOf(
  graph: GraphDocument,
  catalogue: Catalogue,
): (one: Grip, other: Grip) => string | null {
  const judge = new LinkJudge(graph, catalogue);
  return (one, other) => {
    const ends = directed(one, other);
    if (ends === null) return t("refusal.direction");
    const [from, to] = ends;
    if ((from.side === "before") !== (to.side === "after")) return t("refusal.order");
    const refusal = answer(judge, from, to);
    return refusal === null ? null : refusalText(refusal);
  };
}

function answer(judge: LinkJudge, from: Grip, to: Grip) {
  if (to.side === "after") return judge.whyNotOrder(from.node, to.node);
  const source = { node: from.node, output: from.port };
  return to.side === "input"
    ? judge.whyNot(source, { node: to.node, input: to.port })
    : judge.whyNotBind(source, { node: to.node, parameter: to.port });
}

export function linkCommand(one: Grip, other: Grip): Command | null {
  const ends = directed(one, other);
  if (ends === null) return null;
  const [from, to] = ends;
  const source = { node: from.node, output: from.port };
  switch (to.side) {
    case "after":
      return { type: "addOrderLink", from: from.node, to: to.node };
    case "input":
      return { type: "addLink", from: source, to: { node: to.node, input: to.port } };
    default:
      return { type: "setParameter", node: to.node, name: to.port, value: bindToOutput(source) };
  }
}
