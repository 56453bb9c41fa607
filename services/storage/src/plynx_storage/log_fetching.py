"""Holes in archived logs are asked for again: the live lane may lose, the worker's spool has every byte."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import structlog

from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Outgoing, Queue
from plynx_common.interfaces.clock import Clock, Ids
from plynx_common.messages.logs import LogFetch
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_storage.open_logs import OpenLog, OpenLogs, OpenStream

HOLE_SECONDS = 1.0
"""A hole younger than this may be a chunk that is still on its way."""
ASK_AGAIN_SECONDS = 5.0
LARGEST_FETCH = 4 * 1024 * 1024
_PREFETCH = 64

log = structlog.get_logger()


class ReplyQueue:
    """Where workers send what was asked for; exclusive, so it gets a new name with every connection."""

    def __init__(self, bus: MessageBus, ids: Ids, on_delivery: Callable[[Delivery], None]) -> None:
        self._bus = bus
        self._ids = ids
        self._on_delivery = on_delivery
        self._consumer: Consumer | None = None
        bus.on_reconnect(self._lost)

    async def name(self) -> str:
        if self._consumer is None:
            name = self._ids.new("storage-logs-")
            await self._bus.declare(Queue(name, exclusive=True))
            self._consumer = await self._bus.consume(name, self._on_delivery, prefetch=_PREFETCH)
        return self._consumer.queue

    async def close(self) -> None:
        if self._consumer is not None:
            with suppress(BusUnavailable):
                await self._consumer.cancel()

    def _lost(self) -> None:
        self._consumer = None


class HoleFetcher:
    def __init__(self, bus: MessageBus, replies: ReplyQueue, clock: Clock, open_logs: OpenLogs) -> None:
        self._bus = bus
        self._replies = replies
        self._clock = clock
        self._open_logs = open_logs

    async def look(self, known: OpenLog) -> None:
        """Asks the worker for the first hole of each stream that has one for long enough."""
        for name, stream in known.streams.items():
            if not stream.known.holes():
                stream.hole_since = stream.asked_at = None
            elif self._is_due(stream):
                await self._open_logs.reload_known(known)
                if holes := stream.known.holes():
                    await self._ask(known, name, stream, holes[0])

    def _is_due(self, stream: OpenStream) -> bool:
        now = self._clock.monotonic()
        if stream.hole_since is None:
            stream.hole_since = now
        old_enough = now - stream.hole_since >= HOLE_SECONDS
        return old_enough and (stream.asked_at is None or now - stream.asked_at >= ASK_AGAIN_SECONDS)

    async def _ask(self, known: OpenLog, name: str, stream: OpenStream, hole: tuple[int, int]) -> None:
        if not stream.queue:
            return  # read from the documents: the next chunk says where the worker listens
        start, end = hole
        fetch = LogFetch(
            run=known.run,
            node=known.node,
            attempt=known.attempt,
            stream=name,
            start=start,
            end=min(end, start + LARGEST_FETCH),
        )
        replies = await self._replies.name()
        await self._bus.publish([Outgoing(fetch, DIRECT_TO_QUEUE, stream.queue, reply_to=replies)])
        stream.asked_at = self._clock.monotonic()
        log.info("log_hole_fetched", attempt=known.id, stream=name, start=start, end=end)
