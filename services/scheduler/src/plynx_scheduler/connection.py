"""The instance's place on the bus: its own queue for calls, ticks and replies, and the results of what it owns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog

from plynx_common.domain.errors import BusUnavailable, NotFound
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Queue
from plynx_common.messages import routes
from plynx_scheduler.core import Core
from plynx_scheduler.inbox import Inbox

RESULTS_PREFETCH = 256
AGAIN_AFTER = 1.0
"""Seconds after a call that the broker did not answer."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Terms:
    """A partition from its gain to its loss."""

    is_over: bool = False


class Connection:
    """What is wanted is said at once and without waiting; `keep` makes it so, as soon as the broker answers."""

    def __init__(self, core: Core, bus: MessageBus, inbox: Inbox) -> None:
        self._core = core
        self._bus = bus
        self._inbox = inbox
        self._own: Consumer | None = None
        self._wanted: dict[int, _Terms] = {}
        """Partitions whose calls and results are to come here."""
        self._results: dict[int, Consumer] = {}
        self._bound: dict[int, None] = {}
        self._leaving: list[Consumer] = []
        """Of partitions lost: what they still hold goes back to its queue when they are cancelled."""
        self._losses = 0
        self._is_due = asyncio.Event()

    def attach(self, partition: int) -> None:
        """Calls and results of a partition gained."""
        self._wanted.setdefault(partition, _Terms())
        self._is_due.set()

    def _take(self, delivery: Delivery, terms: _Terms) -> None:
        """What comes after a partition was lost, on its way before the consumer was cancelled, goes back with it."""
        if not terms.is_over:
            self._inbox.put(delivery)

    def detach(self, partition: int) -> None:
        """What is unsettled of a partition lost goes back to its queue, for the new owner."""
        terms = self._wanted.pop(partition, None)
        if terms is not None:
            terms.is_over = True
        consumer = self._results.pop(partition, None)
        if consumer is not None:
            self._leaving.append(consumer)
            self._inbox.forget(consumer.queue)
        self._is_due.set()

    def lost(self) -> None:
        """The bus was reconnected: the own queue is gone with its bindings, what was in hand is delivered again."""
        self._losses += 1
        self._own = None
        self._core.own_queue = ""
        self._bound.clear()
        for consumer in self._results.values():
            self._inbox.forget(consumer.queue)
        self._is_due.set()

    async def keep(self) -> None:
        """For ever: does what has become due, again and again until the broker has answered."""
        while True:
            await self._is_due.wait()
            try:
                await self.mend()
            except (BusUnavailable, NotFound) as error:  # a queue that is not found was lost in the middle of this
                log.warning("bus_not_mended", error=error.message, again_in=AGAIN_AFTER)
                self._is_due.set()
                await self._core.clock.sleep(AGAIN_AFTER)

    async def mend(self) -> None:
        """Raises `BusUnavailable`; what was not done yet is done by the next call."""
        self._is_due.clear()
        if self._own is None:
            await self._open()
        while self._leaving:
            leaving = self._leaving[0]
            await leaving.cancel()
            self._leaving.remove(leaving)  # by itself: meanwhile others may have joined it
        for partition in [bound for bound in self._bound if bound not in self._wanted]:
            await self._bus.unbind(self._core.own_queue, routes.CALLS, routes.calls_key(partition))
            self._bound.pop(partition, None)
        for partition, terms in list(self._wanted.items()):
            await self._join(partition, terms)

    async def _open(self) -> None:
        """Under a fresh name at every connection: a name still held by a frozen connection would be refused."""
        losses = self._losses
        name = self._core.ids.new("scheduler-")
        await self._bus.declare(Queue(name, exclusive=True))
        await self._bus.bind(name, routes.FACTS, routes.WORKER_SEEN_KEY)
        own = await self._bus.consume(name, self._inbox.put, prefetch=0)
        if losses != self._losses:
            raise BusUnavailable("the connection was lost again while its queue was made")
        self._own = own
        self._core.own_queue = name
        self._core.ticker.lost()
        self._core.window.forget()
        self._inbox.wake()

    async def _join(self, partition: int, terms: _Terms) -> None:
        if partition not in self._bound:
            await self._bus.bind(self._core.own_queue, routes.CALLS, routes.calls_key(partition))
            self._bound[partition] = None
        if partition not in self._results:
            queue = routes.results_queue(partition)
            await self._bus.declare(Queue(queue, durable=True, quorum=True, dead_letter=True))
            await self._bus.bind(queue, routes.RESULTS, queue)
            on_delivery = partial(self._take, terms=terms)
            consumer = await self._bus.consume(queue, on_delivery, prefetch=RESULTS_PREFETCH)
            if not terms.is_over:
                self._results[partition] = consumer
            else:  # lost while the broker was asked
                self._leaving.append(consumer)

    async def close(self) -> None:
        for partition in list(self._wanted):
            self.detach(partition)
        for consumer in self._leaving:
            await consumer.cancel()
        if self._own is not None:
            await self._own.cancel()
            await self._bus.delete(self._own.queue)
