"""The log archive: chunks from the live lane into the documents, in batches, each byte once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import structlog

from plynx_common.domain.errors import StoreUnavailable, Unavailable
from plynx_common.interfaces.bus import Delivery, MessageBus, Queue, Settlement
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import DocumentStore, Outcome, Write
from plynx_common.messages import routes
from plynx_common.messages.logs import LogChunk
from plynx_common.repositories.logs import STREAMS
from plynx_common.runtime.points import point
from plynx_storage.open_logs import OpenLog, OpenLogs, insertions

LOGS_QUEUE = "logs"
BATCH = 64
BATCH_SECONDS = 0.05
_PREFETCH = 256
_RETRY_SECONDS = 1.0

log = structlog.get_logger()


class LogArchive:
    """A delivery is acknowledged when its bytes are stored, or found to be none of an open attempt's."""

    def __init__(self, documents: DocumentStore, clock: Clock, open_logs: OpenLogs) -> None:
        self._documents = documents
        self._clock = clock
        self._open_logs = open_logs
        self._arrived: deque[tuple[LogChunk, Delivery]] = deque()
        self._wake = asyncio.Event()
        self._full = asyncio.Event()

    @asynccontextmanager
    async def consuming(self, bus: MessageBus) -> AsyncGenerator[None]:
        """What has arrived when it is left is stored before the consumer is cancelled."""
        await bus.declare(Queue(LOGS_QUEUE, durable=True))
        await bus.bind(LOGS_QUEUE, routes.LOGS, routes.ALL_LOGS)
        consumer = await bus.consume(LOGS_QUEUE, self.arrived, prefetch=_PREFETCH)
        try:
            yield
        finally:
            consumer.pause()
            await self.store_arrived()
            await consumer.cancel()

    def arrived(self, delivery: Delivery) -> None:
        message = delivery.message
        if not isinstance(message, LogChunk) or message.stream not in STREAMS or not is_bytes(message.data):
            delivery.settle(Settlement.REJECT, "no log chunk: expected a known stream, and bytes as latin-1 text")
            return
        self._arrived.append((message, delivery))
        self._wake.set()
        if len(self._arrived) >= BATCH:
            self._full.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            if not self._full.is_set():
                await self._clock.sleep(BATCH_SECONDS)
            self._full.clear()
            self._wake.clear()
            try:
                await self.store_arrived()
            except Unavailable as error:
                log.warning("log_archive_waits", reason=error.message)
                await self._clock.sleep(_RETRY_SECONDS)
                self._wake.set()

    async def store_arrived(self) -> None:
        """Raises `Unavailable` with nothing lost: what was not stored is tried again by the next call."""
        while self._arrived:
            batch = [self._arrived.popleft() for _ in range(min(BATCH, len(self._arrived)))]
            try:
                await self._store(batch)
            except BaseException:
                self._arrived.extendleft(reversed(batch))
                raise

    async def _store(self, batch: list[tuple[LogChunk, Delivery]]) -> None:
        writes: list[Write] = []
        written: list[str] = []
        try:
            for chunk, _ in batch:
                if (known := await self._open_logs.of_chunk(chunk)) is not None:
                    inserts = self._take(known, chunk)
                    writes += inserts
                    written += [known.id] * len(inserts)
            outcomes = await self._write(writes)
        except BaseException:
            # Memory is ahead of the documents.
            self._open_logs.forget(*written)
            raise
        # Missed: another instance was faster, perhaps with fewer bytes. What is stored counts, not what we think.
        missed = [id for id, outcome in zip(written, outcomes, strict=True) if outcome is Outcome.MISSED]
        self._open_logs.forget(*missed)
        for _, delivery in batch:
            delivery.settle(Settlement.ACK)

    async def _write(self, writes: list[Write]) -> list[Outcome]:
        if not writes:
            return []
        await point("storage.before_log_write")
        outcomes = await self._documents.write(writes)
        await point("storage.after_log_write")
        if Outcome.UNKNOWN in outcomes:
            raise StoreUnavailable("the document store did not say whether it stored log chunks")
        return outcomes

    def _take(self, known: OpenLog, chunk: LogChunk) -> Sequence[Write]:
        writes = insertions(known, chunk)
        stream = known.stream(chunk.stream)
        stream.known.add(chunk.offset, chunk.offset + len(chunk.data))
        stream.queue = chunk.queue or stream.queue
        return writes


def is_bytes(text: str) -> bool:
    """Whether each character stands for a byte (latin-1)."""
    return text.isascii() or max(text) <= "\xff"
