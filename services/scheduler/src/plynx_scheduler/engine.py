"""The engine: takes what has arrived and what follows from the last round, decides, stores, tells."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from plynx_common.domain import node_run as facts
from plynx_common.domain.errors import BusUnavailable, ObjectsUnavailable, PlynxError, StoreUnavailable
from plynx_common.domain.node_run import NodeState
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.bus import MessageBus, Outgoing
from plynx_common.interfaces.documents import CompareAndSet, DocumentStore
from plynx_common.messages import routes
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import RUNS
from plynx_common.runtime.points import point
from plynx_scheduler import adoption, closing, outbox, restoring, reusing, settle
from plynx_scheduler.core import Core
from plynx_scheduler.expiry import Expiry, lose
from plynx_scheduler.handlers import HANDLERS, OF_A_PARTITION
from plynx_scheduler.inbox import Inbox
from plynx_scheduler.incoming import Incoming
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.pool_loads import PoolLoads
from plynx_scheduler.round import Item, Planned, Round
from plynx_scheduler.sweep import Sweep
from plynx_scheduler.ticking import VOID_AFTER

log = structlog.get_logger()

BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between tries while the store does not answer."""
STORE_LIMIT = 60.0
"""Seconds that the store may take for everything in one round."""
FAULTS = (PlynxError, ValueError, LookupError, TypeError, AttributeError)
"""What a decision may raise: its item is put aside, the others go on."""
RAISES_UNTIL_STUCK = 5
STUCK_FOR = 600.0
"""Seconds until a stuck run is tried again."""


class Engine:
    def __init__(self, core: Core, documents: DocumentStore, bus: MessageBus, inbox: Inbox) -> None:
        self.core = core
        self._documents = documents
        self._bus = bus
        self._inbox = inbox
        self._node_runs = NodeRuns(documents)
        self._todo: list[Item] = []
        self._expiry = Expiry(bus, inbox)
        self._failures = 0
        self._is_sweep_due = False
        self.sweep = Sweep(core, documents)
        self._pool_loads = PoolLoads(core)
        self.handled_at = core.clock.monotonic()
        """When a round was last handled, store writes included."""

    async def run(self) -> None:
        while True:
            if not self._todo and not self._is_sweep_due and not self.core.memory.is_busy:
                await self._inbox.wait(self._due_in())
            await self.step()

    async def step(self) -> None:
        """One round. Whatever fails, nothing is forgotten: it is decided again from what the store holds then."""
        round = Round(self.core, self.core.clock.now(), self.core.clock.monotonic())
        await self._tick()
        taken = self._inbox.take()
        self._todo += self._due()
        try:
            async with asyncio.timeout(STORE_LIMIT):
                await self._read()
                await self._decide(round, taken)
                await self._write(round)
        except (StoreUnavailable, ObjectsUnavailable, BusUnavailable, TimeoutError) as error:
            round.forget_written()
            self._inbox.put_back(taken)
            await self._back_off(error)
            return
        self._failures = 0
        self.handled_at = round.monotonic
        self._count_tick(round)
        await self._follow_up(round)

    def soon(self, item: Item) -> None:
        """Decides it in the next round."""
        self._todo.append(item)
        self._inbox.wake()

    def forget_partition(self, partition: int) -> None:
        """It was lost: its runs, hints and leases are the new owner's business."""
        for open_run in [found for found in self.core.memory.open.values() if found.run.partition == partition]:
            self._forget(open_run)

    def _forget(self, open_run: OpenRun) -> None:
        self.core.memory.drop(open_run.id)
        self.core.leases.drop_run(open_run)
        self.core.queues.drop_run(open_run)

    async def _tick(self) -> None:
        if self.core.ticker.due_in() <= 0 and self.core.own_queue:
            await self._publish([Outgoing(self.core.ticker.next(), routes.DIRECT_TO_QUEUE, self.core.own_queue)])

    def _due_in(self) -> float:
        due_in = self.core.ticker.due_in() if self.core.own_queue else VOID_AFTER  # no tick before there is a queue
        next_at = self.core.timers.next_at()
        return due_in if next_at is None else min(due_in, next_at - self.core.clock.monotonic())

    def _due(self) -> list[Item]:
        return [partial(_settle_due, run=run, node=node) for run, node in self.core.timers.due(self._now())]

    def _now(self) -> float:
        return self.core.clock.monotonic()

    async def _read(self) -> None:
        """What is in doubt or on its way into memory, before anything is decided about it."""
        if not self.core.memory.is_busy:
            return
        reading = await self.core.memory.read(self._now())
        known: list[OpenRun] = []
        for open_run in reading.known:
            if self.core.owns(open_run.run.partition):
                known.append(open_run)
            else:  # lost while it was read
                self._forget(open_run)
        lost: list[Item] = [
            partial(lose, lease=lease) for open_run in known for lease in adoption.adopt(self.core, open_run)
        ]
        settles: list[Item] = [partial(settle.settle, open_run=open_run) for open_run in known]
        stuck: list[Item] = [partial(self._mark_stuck, run=run, error=error) for run, error in reading.broken]
        self._todo = lost + settles + reading.items + stuck + self._todo

    async def _decide(self, round: Round, taken: list[Incoming]) -> None:
        for item in self._todo:
            self._guard(round, item)
        for incoming in taken:
            self._handle(round, incoming)
        if self._is_sweep_due:
            await self.sweep.look(round)
            await self._expiry.expire(round)
        await reusing.read_origins(round, self._node_runs, settle.settle)
        await restoring.read_lookups(round, self._documents)
        await closing.read_closings(round, self._node_runs)
        for claim in list(round.claims.values()):
            self._guard(round, claim)
        _queue_the_rest(round)

    def _handle(self, round: Round, incoming: Incoming) -> None:
        message = incoming.message
        if isinstance(message, OF_A_PARTITION) and not self.core.owns(message.partition):
            return
        handler = HANDLERS.get(type(message))
        if handler is None:
            round.reject(incoming.delivery, f"the scheduler has no handler for '{message.type}'")
            return
        try:
            handler(round, incoming, message)
        except FAULTS as error:
            log.exception("message_raised", message=message.type)
            round.reject(incoming.delivery, repr(error))

    def _guard(self, round: Round, item: Item) -> None:
        try:
            item(round)
        except FAULTS as error:
            open_run = getattr(item, "keywords", {}).get("open_run")
            log.exception("decision_raised", run=getattr(open_run, "id", None))
            if isinstance(open_run, OpenRun):
                self._note_raised(round, open_run, error)

    def _note_raised(self, round: Round, open_run: OpenRun, error: Exception) -> None:
        open_run.raised += 1
        if open_run.raised >= RAISES_UNTIL_STUCK:
            open_run.raised = 0
            open_run.stuck_until = round.monotonic + STUCK_FOR
            self._mark_stuck(round, open_run.id, error)

    def _mark_stuck(self, round: Round, run: str, error: Exception) -> None:
        """Visible, and tried again: by the sweep, at each gain of its partition, or by an operator."""
        mark = {"error": repr(error), "since": timestamp(round.now)}
        round.write_other(CompareAndSet(RUNS, run, {}, {"stuck": mark}))

    async def _write(self, round: Round) -> None:
        writes, learn = round.bulk()
        if not writes:
            return
        await point("scheduler.before_write")
        outcomes = await self._documents.write(writes)
        await point("scheduler.after_write")
        for told, outcome in zip(learn, outcomes, strict=True):
            told(outcome)

    def _count_tick(self, round: Round) -> None:
        self._is_sweep_due = round.is_ticked
        if round.is_ticked:
            self.core.leases.ticks += 1

    async def _follow_up(self, round: Round) -> None:
        """What follows from the outcomes; nothing is told before what it rests on is stored."""
        for run, waiting in round.wanted:
            self.core.memory.want(run, waiting)
        for item in round.afterwards:
            item(round)
        consequences: list[Item] = []
        for open_run, changes in round.stored.values():
            adoption.note_changes(self.core, changes)
            consequences.append(partial(settle.after_changes, open_run=open_run, changes=changes))
            outbox.announce(round, open_run, changes)
            if open_run.run.is_terminal:
                closing.forget_closed(round, open_run)
        self._todo = consequences + round.again
        await self._tell(round)

    async def _tell(self, round: Round) -> None:
        """Whoever finds that it has stopped owning tells nothing: the worker's repeat asks the new owner."""
        if all(self.core.owns(partition) for partition in round.partitions):
            hints = self.core.window.ring(self.core.queues, self.core.fleet, self.core.leases, round.monotonic)
            if round.is_ticked:
                hints += self._pool_loads.tell()
            if await self._publish(round.outgoing + hints):
                self._todo += round.published
            await point("scheduler.after_publish")
        for delivery, settlement, reason in round.settlements:
            partition: int | None = getattr(delivery.message, "partition", None)
            if partition is None or self.core.owns(partition):
                delivery.settle(settlement, reason)
                self._inbox.note_handled(delivery)

    async def _publish(self, outgoing: list[Outgoing]) -> bool:
        """Doorbells: what is lost here is asked for again."""
        if not outgoing:
            return True
        try:
            await self._bus.publish(outgoing)
        except BusUnavailable as error:
            log.warning("publish_failed", messages=len(outgoing), error=str(error))
            return False
        return True

    async def _back_off(self, error: Exception) -> None:
        seconds = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        log.warning("round_failed", error=str(error) or type(error).__name__, again_in=seconds)
        await self.core.clock.sleep(seconds)


def _settle_due(round: Round, run: str, node: str) -> None:
    open_run = round.core.memory.open.get(run)
    if open_run is not None:
        settle.settle_node(round, open_run, open_run.nodes[node])


def _queue_the_rest(round: Round) -> None:
    """T2 for what has become startable and nobody took in this round."""
    for open_run, node in round.fresh:
        known = open_run.nodes[node]
        if known.state is not NodeState.WAITING or not open_run.is_grantable(known):
            continue
        planned = round.change(open_run, node, facts.Queued(at=round.now))
        if planned is Planned.BUSY and round.is_full:
            round.decide_once(f"queue {known.id}", partial(_queue_later, open_run=open_run, node=node))


def _queue_later(round: Round, open_run: OpenRun, node: str) -> None:
    round.fresh.append((open_run, node))
