"""The worker's line to the broker: its own queue, and the messages that nobody waits for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Outgoing, Queue
from plynx_common.interfaces.clock import Ids
from plynx_common.messages import routes
from plynx_common.messages.base import Message

MOST_WAITING = 10_000
"""Messages that may wait for a broker that does not take them; all of them are doorbells or log chunks."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and the proof: in every message of a worker."""

    worker: str
    incarnation: str
    token: str

    @property
    def fields(self) -> dict[str, str]:
        return {"worker": self.worker, "incarnation": self.incarnation, "token": self.token}


class Line:
    def __init__(self, bus: MessageBus, ids: Ids, speaker: Speaker) -> None:
        self.bus = bus
        self.speaker = speaker
        self.me = speaker.fields
        self.queue = ""
        """Of this connection: the newest counts."""
        self._ids = ids
        self._consumer: Consumer | None = None
        self._waiting: deque[Outgoing] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    async def open(self, on_delivery: Callable[[Delivery], None]) -> None:
        """A fresh own queue: at the start, and after each loss of the connection, which took the last one along."""
        queue = self._ids.new(f"worker.{self.speaker.worker}.")
        await self.bus.declare(Queue(queue, exclusive=True))
        self._consumer = await self.bus.consume(queue, on_delivery, prefetch=0)
        self.queue = queue

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.cancel()
            await self.bus.delete(self.queue)

    def call(self, message: Message, partition: int) -> None:
        """To the owner of the partition; asked again by whoever gets no answer."""
        self.send(Outgoing(message, routes.CALLS, routes.calls_key(partition), reply_to=self.queue))

    def send(self, outgoing: Outgoing) -> None:
        self._waiting.append(outgoing)
        self._wake.set()

    async def pump(self) -> None:
        """For ever: what was sent meanwhile goes out together."""
        while True:
            await self._wake.wait()
            await self.flush()

    async def flush(self) -> None:
        self._wake.clear()
        batch = list(self._waiting)
        self._waiting.clear()
        try:
            await self.bus.publish(batch)
        except BusUnavailable as error:
            log.warning("messages_not_sent", count=len(batch), error=error.message)
