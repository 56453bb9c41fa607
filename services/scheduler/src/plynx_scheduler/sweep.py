"""The sweep: after every tick, what messages would have said is found in the documents. The only recovery."""

from __future__ import annotations

from functools import partial

from plynx_common.domain.node_run import TERMINAL
from plynx_common.interfaces.documents import DocumentStore, In, Sort
from plynx_common.repositories.runs import OPEN_STATES, RUNS, SUMMARY_FIELDS, from_document
from plynx_scheduler import outbox, settle
from plynx_scheduler.core import Core
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.round import Round

AT_ONCE = 100
"""Runs of each urgent kind a tick."""
ROTATED = 500
"""Open runs looked at in a tick, in id order."""
SETTLED_EVERY = 10.0
READ_EVERY = 60.0
READ_AT_ONCE = 500
READ_AGAIN_AFTER_GAIN = 8.0


class Sweep:
    def __init__(self, core: Core, documents: DocumentStore) -> None:
        self._core = core
        self._documents = documents
        self._after: tuple[str, str] | None = None
        self._gained: dict[int, float] = {}

    async def look(self, round: Round) -> None:
        """Raises `StoreUnavailable`."""
        owned = self._core.owned()
        if owned:
            await self._urgent(round, owned)
            await self._rotate(owned)
        self._in_memory(round)

    async def load_partition(self, partition: int) -> None:
        """A partition was gained: its open runs are loaded, a slice between batches. Raises `StoreUnavailable`."""
        if self._core.settings.lease == "shared":  # the owner before may still have had writes on their way
            self._gained[partition] = self._core.clock.monotonic()
        where = {"partition": partition, "state": In(OPEN_STATES)}
        for document in await self._documents.find(RUNS, where, fields=("state",)):
            self._want(document["_id"])

    async def _urgent(self, round: Round, owned: tuple[int, ...]) -> None:
        for where in ({"state": "pending"}, {"cancel_requested": True, "state": In(("pending", "running"))}):
            found = await self._find({"partition": In(owned), **where}, AT_ONCE)
            for id in found:
                self._look_at(id)
        marked = await self._documents.find(
            RUNS, {"partition": In(owned), "unannounced": True}, limit=AT_ONCE, fields=SUMMARY_FIELDS
        )
        for document in marked:
            run = from_document(document)
            open_run = self._core.memory.open.get(run.id)
            if open_run is None or open_run.announced_seq < run.seq:
                round.decide_again(partial(outbox.announce_again, run=run))
            elif open_run.run.seq == run.seq:
                round.decide_again(partial(outbox.unmark, run=run))

    async def _rotate(self, owned: tuple[int, ...]) -> None:
        where = {"partition": In(owned), "state": In(OPEN_STATES)}
        found = await self._documents.find(
            RUNS, where, sort=Sort(), limit=ROTATED, after=self._after, fields=("state",)
        )
        for document in found:
            self._want(document["_id"])
        self._after = (found[-1]["_id"], found[-1]["_id"]) if len(found) == ROTATED else None

    def _in_memory(self, round: Round) -> None:
        now = round.monotonic
        gained = [partition for partition, at in self._gained.items() if now - at >= READ_AGAIN_AFTER_GAIN]
        for partition in gained:
            del self._gained[partition]
        budget = READ_AT_ONCE
        for open_run in list(self._core.memory.open.values()):
            if open_run.run.partition in gained:
                _doubt_all(open_run)
                self._core.memory.doubt(open_run)
            elif now - open_run.settled_at >= SETTLED_EVERY:
                round.decide_again(partial(settle.settle, open_run=open_run))
            budget -= self._read_old(open_run, now, budget)
        self._core.fleet.forget_old(now)

    def _read_old(self, open_run: OpenRun, now: float, budget: int) -> int:
        """Readings older than a minute are repeated."""
        if budget <= 0:
            return 0
        old = [node for node, at in open_run.read_at.items() if now - at >= READ_EVERY][:budget]
        if old:
            open_run.unread.update(dict.fromkeys(old))
            open_run.is_run_unread = True
            self._core.memory.doubt(open_run)
        return len(old)

    def _want(self, run: str) -> None:
        if run not in self._core.memory.open:
            self._core.memory.want(run)

    def _look_at(self, run: str) -> None:
        open_run = self._core.memory.open.get(run)
        if open_run is None:
            self._core.memory.want(run)
        else:
            open_run.is_run_unread = True
            self._core.memory.doubt(open_run)

    async def _find(self, where: dict[str, object], limit: int) -> list[str]:
        found = await self._documents.find(RUNS, where, limit=limit, fields=("state",))
        return [document["_id"] for document in found]


def _doubt_all(open_run: OpenRun) -> None:
    open_run.is_run_unread = True
    open_run.unread.update({id: None for id, node in open_run.nodes.items() if node.state not in TERMINAL})
