"""The instance's place on the bus: its own queue for calls, ticks and replies, and the results of what it owns."""

from __future__ import annotations

from plynx_common.interfaces.bus import Consumer, MessageBus, Queue
from plynx_common.messages import routes
from plynx_scheduler.core import Core
from plynx_scheduler.inbox import Inbox

RESULTS_PREFETCH = 256


class Connection:
    def __init__(self, core: Core, bus: MessageBus, inbox: Inbox) -> None:
        self._core = core
        self._bus = bus
        self._inbox = inbox
        self._own: Consumer | None = None
        self._results: dict[int, Consumer] = {}

    async def open(self) -> None:
        """Under a fresh name at every connection: a name still held by a frozen connection would be refused."""
        name = self._core.ids.new("scheduler-")
        await self._bus.declare(Queue(name, exclusive=True))
        await self._bus.bind(name, routes.FACTS, routes.WORKER_SEEN_KEY)
        self._own = await self._bus.consume(name, self._inbox.put, prefetch=0)
        self._core.own_queue = name
        self._core.ticker.lost()
        self._core.window.forget()

    async def attach(self, partition: int) -> None:
        """Calls and results of a partition gained."""
        queue = routes.results_queue(partition)
        await self._bus.declare(Queue(queue, durable=True, quorum=True, dead_letter=True))
        await self._bus.bind(queue, routes.RESULTS, queue)
        await self._bus.bind(self._core.own_queue, routes.CALLS, routes.calls_key(partition))
        self._results[partition] = await self._bus.consume(queue, self._inbox.put, prefetch=RESULTS_PREFETCH)

    async def detach(self, partition: int) -> None:
        """What is unsettled of a partition lost goes back to its queue, for the new owner."""
        consumer = self._results.pop(partition, None)
        if consumer is not None:
            await consumer.cancel()
            self._inbox.forget(consumer.queue)
            await self._bus.unbind(self._core.own_queue, routes.CALLS, routes.calls_key(partition))

    async def reopen(self) -> None:
        """The bus was reconnected: exclusive queues are gone, hints may be lost."""
        partitions = list(self._results)
        self._results.clear()
        for partition in partitions:
            self._inbox.forget(routes.results_queue(partition))
        await self.open()
        for partition in partitions:
            await self.attach(partition)

    async def close(self) -> None:
        for partition in list(self._results):
            await self.detach(partition)
        if self._own is not None:
            await self._own.cancel()
            await self._bus.delete(self._own.queue)
