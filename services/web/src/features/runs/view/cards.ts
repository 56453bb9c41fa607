/** The canvas of a run: cards of its snapshot, and on each how its node stands. Pure; what did not change stays the
 * same object, so that one fact draws one card anew. */

import type { NodeRecords } from "@/api/queries/runs";
import type { NodeOutline, Outlines } from "@/api/runFacts";
import type { NodeView } from "@/api/schema";
import type { CanvasLink, CanvasNode, CanvasRun } from "@/canvas/model";

type Known = {
  card: CanvasNode;
  outline: NodeOutline | undefined;
  record: NodeView | undefined;
  drawn: CanvasNode;
};

export class RunCards {
  private known = new Map<string, Known>();
  private links = new Map<string, CanvasLink>();

  draw(
    cards: readonly CanvasNode[],
    outlines: Outlines | undefined,
    records: NodeRecords | undefined,
  ): CanvasNode[] {
    return cards.map((card) => {
      const outline = outlines?.[card.id];
      const record = records?.[card.id];
      const last = this.known.get(card.id);
      if (last?.card === card && last.outline === outline && last.record === record) return last.drawn;
      const drawn = { ...card, run: standing(outline, record) };
      this.known.set(card.id, { card, outline, record, drawn });
      return drawn;
    });
  }

  /** Data flows into what is running. */
  drawLinks(links: readonly CanvasLink[], outlines: Outlines | undefined): CanvasLink[] {
    return links.map((link) => {
      const active = outlines?.[link.to]?.state === "running";
      const last = this.links.get(link.id);
      if (last !== undefined && (last.active ?? false) === active) return last;
      const drawn = active ? { ...link, active } : link;
      this.links.set(link.id, drawn);
      return drawn;
    });
  }
}

/** Facts are newer than records; but only records know since when, of what was there before this page. */
export function standing(outline: NodeOutline | undefined, record: NodeView | undefined): CanvasRun | null {
  if (outline === undefined) return record === undefined ? null : recorded(record);
  const isRecorded = record?.attempt === outline.attempt;
  const isSame = isRecorded && record.state === outline.state;
  return {
    state: outline.state,
    attempt: outline.attempt,
    reason: outline.reason,
    startedAt: outline.startedAt ?? (isRecorded ? record.started_at : null),
    finishedAt: outline.finishedAt ?? (isSame ? record.finished_at : null),
    restoredFrom: isSame ? originOf(record) : null,
  };
}

function recorded(record: NodeView): CanvasRun {
  return {
    state: record.state,
    attempt: record.attempt,
    reason: record.reason,
    startedAt: record.started_at,
    finishedAt: record.finished_at,
    restoredFrom: originOf(record),
  };
}

/** The node of another run that the outputs come from; of a file there is none. */
export function originOf({
  restored_from,
}: Pick<NodeView, "restored_from">): { run: string; node: string } | null {
  const { run, node } = restored_from ?? {};
  return typeof run === "string" && typeof node === "string" ? { run, node } : null;
}
