"""A round: decide from memory → one bulk of compare-and-set writes → learn each outcome → tell.

What follows from a write is decided in a later round, when the write is known to be stored; nobody is told before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from plynx_common.domain import node_run, node_transitions, run
from plynx_common.domain.node_run import NodeRun
from plynx_common.domain.run import Run
from plynx_common.interfaces.bus import Delivery, Outgoing, Settlement
from plynx_common.interfaces.documents import Insert, Outcome, Write
from plynx_common.repositories import node_runs, runs
from plynx_scheduler.open_run import OpenRun

if TYPE_CHECKING:
    from plynx_scheduler.core import Core

BULK_LIMIT = 500
"""Writes in one bulk; what does not fit is decided again in the next round."""

Item = Callable[["Round"], None]
"""A piece of work: decides from memory, and plans writes and messages."""
Then = Callable[["Round", Outcome], None]
"""Called when the write's outcome is known."""


class Planned(Enum):
    YES = "yes"
    STALE = "stale"
    """The fact does not apply: late and repeated messages are normal."""
    BUSY = "busy"
    """The document is written in this round already, or the bulk is full: decide again in the next one."""


@dataclass(frozen=True, slots=True)
class NodeChange:
    open_run: OpenRun
    old: NodeRun | None
    """None: an insertion."""
    new: NodeRun


class Round:
    def __init__(self, core: Core, now: datetime, monotonic: float) -> None:
        self.core = core
        self.now = now
        self.monotonic = monotonic
        self.op_id = core.ids.new("op-")
        self.again: list[Item] = []
        """Work for the next round."""
        self.outgoing: list[Outgoing] = []
        """Goes out after the round."""
        self.published: list[Item] = []
        """Work for the next round if all of that could be sent."""
        self.settlements: list[tuple[Delivery, Settlement, str]] = []
        """Told to the broker after the round."""
        self.afterwards: list[Item] = []
        """Done when the outcomes are known, before anything goes out."""
        self.fresh: list[tuple[OpenRun, str]] = []
        """Startable since this round: a claim takes them now, or they become ready."""
        self.lookups: list[tuple[OpenRun, str]] = []
        """Nodes whose cache key is to be looked up in this round."""
        self.origins: dict[str, OpenRun] = {}
        """Runs that take results from another one, which is to be read."""
        self.claims: dict[str, Item] = {}
        """Claims of this round by id: only the newest copy is answered."""
        self._nodes: dict[str, tuple[NodeChange, Then | None]] = {}
        self._run_facts: dict[str, tuple[OpenRun, run.Fact | None]] = {}
        self._others: dict[str, tuple[Write, Then | None]] = {}
        self.wanted: list[tuple[str, Item]] = []
        """Runs to be loaded, and what is decided when they are there, or known to be closed."""
        self.closings: dict[str, OpenRun] = {}
        """Runs that memory believes to be complete: the documents are asked."""
        self._once: dict[str, None] = {}
        self.is_ticked = False
        """A tick that counts has come back in this round."""
        self.stored: dict[str, tuple[OpenRun, list[NodeChange]]] = {}
        """What the bulk has changed, by run."""

    @property
    def is_full(self) -> bool:
        return len(self._nodes) + len(self._others) >= BULK_LIMIT

    @property
    def has_writes(self) -> bool:
        return bool(self._nodes or self._others or self._run_facts)

    @property
    def partitions(self) -> set[int]:
        """Of the runs that this round has written."""
        return {open_run.run.partition for open_run, _ in self.stored.values()}

    def change(self, open_run: OpenRun, node: str, fact: node_run.Fact, then: Then | None = None) -> Planned:
        """Plans the transition of a node run; a run that memory has given up is another one's business."""
        if not self.core.memory.holds(open_run):
            return Planned.STALE
        old = open_run.nodes[node]
        if old.id in self._nodes or self.is_full or node in open_run.unread:
            return Planned.BUSY
        new = node_transitions.apply(old, fact)
        if new is None:
            return Planned.STALE
        change = NodeChange(open_run, old, replace(new, v=old.v + 1))
        self._nodes[old.id] = (change, then)
        self._run_facts.setdefault(open_run.id, (open_run, None))
        return Planned.YES

    def insert(self, open_run: OpenRun, new: NodeRun, then: Then | None = None) -> None:
        """Plans T1."""
        self._nodes[new.id] = (NodeChange(open_run, None, new), then)

    def change_run(self, open_run: OpenRun, fact: run.Fact) -> None:
        self._run_facts[open_run.id] = (open_run, fact)

    def announce(self, open_run: OpenRun) -> None:
        """Raises the run's `seq`, so that what was stored of it is published."""
        self._run_facts.setdefault(open_run.id, (open_run, None))

    def write_other(self, write: Write, then: Then | None = None) -> Planned:
        """Plans a write to a document that is neither a run nor a node run."""
        id = write.document["_id"] if isinstance(write, Insert) else write.id
        place = f"{write.collection}/{id}"
        if self.is_full or place in self._others:
            return Planned.BUSY
        self._others[place] = (write, then)
        return Planned.YES

    def acknowledge(self, delivery: Delivery) -> None:
        """Nothing of the message is left to do once this round's writes are stored."""
        self.settlements.append((delivery, Settlement.ACK, ""))

    def reject(self, delivery: Delivery, reason: str) -> None:
        """To the dead-letter queue: this message can never be handled."""
        self.settlements.append((delivery, Settlement.REJECT, reason))

    def decide_again(self, item: Item) -> None:
        self.again.append(item)

    def decide_once(self, place: str, item: Item) -> None:
        """In the next round, however often it is asked for in this one: what looks at much must not pile up."""
        if place not in self._once:
            self._once[place] = None
            self.again.append(item)

    def bulk(self) -> tuple[list[Write], list[Callable[[Outcome], None]]]:
        """Runs first: a bulk may be cut anywhere, and a change that is not announced would never be seen."""
        writes: list[Write] = []
        learn: list[Callable[[Outcome], None]] = []
        for open_run, fact in self._run_facts.values():
            new = self._run_after(open_run, fact)
            if new is not None:
                where = {"cancel_requested": open_run.run.cancel_requested} if isinstance(fact, run.Ended) else None
                writes.append(runs.change(open_run.run, new, self.op_id, where))
                learn.append(self._learn_run(open_run, new))
        for change, then in self._nodes.values():
            if change.old is None:
                writes.append(node_runs.insertion(change.new, self.op_id))
            else:
                writes.append(node_runs.change(change.old, change.new, self.op_id))
            learn.append(self._learn_node(change, then))
        for write, then in self._others.values():
            writes.append(write)
            learn.append(self._learn_other(then))
        return writes, learn

    def forget_written(self) -> None:
        """The bulk's outcome is unknown: everything it touched is read again before anything is decided about it."""
        for open_run, _ in self._run_facts.values():
            open_run.is_run_unread = True
            self.core.memory.doubt(open_run)
        for change, _ in self._nodes.values():
            change.open_run.unread[change.new.node] = None
            self.core.memory.doubt(change.open_run)

    def _run_after(self, open_run: OpenRun, fact: run.Fact | None) -> Run | None:
        old = open_run.run
        new = old if fact is None else run.apply(old, fact)
        if new is None or (old.is_terminal and new is old):
            return None
        counts = new.counts if isinstance(fact, run.Ended) else self._counts_after(open_run)
        return replace(new, counts=counts, seq=old.seq + 1, unannounced=True, v=old.v + 1)

    def _counts_after(self, open_run: OpenRun) -> dict[str, int]:
        counts = {state.value: count for state, count in open_run.counts.items() if count}
        for change, _ in self._nodes.values():
            if change.open_run is open_run:
                if change.old is not None:
                    counts[change.old.state.value] -= 1
                counts[change.new.state.value] = counts.get(change.new.state.value, 0) + 1
        return {state: count for state, count in counts.items() if count}

    def _learn_run(self, open_run: OpenRun, new: Run) -> Callable[[Outcome], None]:
        def learn(outcome: Outcome) -> None:
            if outcome is Outcome.STORED:
                open_run.run = new
                self.stored.setdefault(open_run.id, (open_run, []))
            else:
                open_run.is_run_unread = True
                self.core.memory.doubt(open_run)

        return learn

    def _learn_node(self, change: NodeChange, then: Then | None) -> Callable[[Outcome], None]:
        def learn(outcome: Outcome) -> None:
            if outcome is Outcome.STORED:
                change.open_run.put(change.new, self.monotonic)
                self.stored.setdefault(change.open_run.id, (change.open_run, []))[1].append(change)
            else:
                change.open_run.unread[change.new.node] = None
                self.core.memory.doubt(change.open_run)
            if then is not None:
                then(self, outcome)

        return learn

    def _learn_other(self, then: Then | None) -> Callable[[Outcome], None]:
        def learn(outcome: Outcome) -> None:
            if then is not None:
                then(self, outcome)

        return learn
