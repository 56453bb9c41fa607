"""A worker at work: it opens its line, keeps its promises by a pulse, and drains before it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import MessageBus
from plynx_common.interfaces.clock import Clock, Ids
from plynx_worker.attempt import Interruption
from plynx_worker.handlers import Handlers
from plynx_worker.heartbeats import BEAT_EVERY
from plynx_worker.line import Speaker
from plynx_worker.parts import Parts, Shape
from plynx_worker.work import Workshop

PULSE = 0.25
LOOK_EVERY = 0.02
"""While draining: how often it looks whether it may leave."""
KILL_PATIENCE = 5.0
"""Beyond the grace: how long a script that was killed may take to be gone."""
ANSWER_PATIENCE = 2.0
"""For answers to claims that are on their way when a worker is told to leave."""
REOPEN_AFTER = 1.0

log = structlog.get_logger()


@asynccontextmanager
async def working(
    shape: Shape, speaker: Speaker, bus: MessageBus, clock: Clock, ids: Ids, workshop: Workshop
) -> AsyncGenerator[Parts]:
    """Entering = announced and consuming, leaving = drained."""
    parts = Parts(shape, speaker, bus, clock, ids, workshop)
    worker = _Worker(parts, bus)
    async with parts.tasks as tasks:
        background = [tasks.create_task(work()) for work in (parts.line.pump, worker.pulse, worker.reopen_when_lost)]
        try:
            await worker.open()
            await parts.hints.open()
            yield parts
            await worker.drain()
        finally:
            for task in (*background, *worker.left_over()):
                task.cancel()
            parts.shelf.forget_all()


class _Worker:
    def __init__(self, parts: Parts, bus: MessageBus) -> None:
        self._parts = parts
        self._handlers = Handlers(parts)
        self._was_lost = asyncio.Event()
        bus.on_reconnect(self._was_lost.set)

    async def open(self) -> None:
        parts = self._parts
        await parts.line.open(self._handlers.on_delivery)
        # Before its first claim: whatever an earlier incarnation held is lost at once, and startable again.
        parts.presence.announce()
        await parts.line.flush()

    async def reopen_when_lost(self) -> None:
        parts = self._parts
        while True:
            await self._was_lost.wait()
            try:
                self._was_lost.clear()
                await self.open()
            except BusUnavailable as error:
                log.warning("worker_not_reconnected", error=error.message)
                self._was_lost.set()
                await parts.clock.sleep(REOPEN_AFTER)
            else:
                parts.heartbeats.beat()
                parts.asks.repeat_now()

    async def pulse(self) -> None:
        parts = self._parts
        beat_at = parts.clock.monotonic() + BEAT_EVERY
        while True:
            await parts.clock.sleep(PULSE)
            now = parts.clock.monotonic()
            if now >= beat_at:
                beat_at = now + BEAT_EVERY
                parts.heartbeats.beat()
                parts.presence.announce()
                parts.book.forget_old(now)
            self._check(now)

    def _check(self, now: float) -> None:
        parts = self._parts
        parts.asks.check(now)
        parts.hints.check(now)
        parts.attempts.check(now)
        parts.releases.check(now)
        parts.shelf.check(now)
        if parts.results.are_due(now):
            parts.tasks.create_task(parts.results.send_again(now))

    async def drain(self) -> None:
        """Nothing new; what runs may end, the rest is given back; then it waits until all is known to be stored."""
        parts, shape = self._parts, self._parts.shape
        parts.is_draining = parts.presence.is_leaving = True
        with suppress(BusUnavailable):
            await parts.hints.close()
        parts.presence.announce()
        self._release(unstarted_only=True)
        # A node granted to a claim on its way is given back now, instead of being found lost later.
        await self._until(lambda: not parts.asks, ANSWER_PATIENCE)
        parts.asks.give_up_all()
        if not await self._until(lambda: not parts.attempts.live, shape.drain):
            self._release()
            await self._until(lambda: not parts.attempts.live, shape.grace + KILL_PATIENCE)
        if not await self._until(lambda: not parts.results and not parts.releases, shape.settle):
            log.warning("worker_left_unanswered", results=len(parts.results), releases=len(parts.releases))
        parts.presence.announce()
        with suppress(BusUnavailable):
            await parts.line.flush()
            await parts.line.close()

    def _release(self, *, unstarted_only: bool = False) -> None:
        for attempt in list(self._parts.attempts.live.values()):
            if attempt.task is None or not unstarted_only:
                self._parts.attempts.interrupt(attempt.id, Interruption.RELEASE)

    async def _until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        clock = self._parts.clock
        deadline = clock.monotonic() + seconds
        while not is_so():
            if clock.monotonic() >= deadline:
                return False
            await clock.sleep(LOOK_EVERY)
        return True

    def left_over(self) -> list[asyncio.Task[None]]:
        """Attempts that did not end although they were killed, or that are torn down with the worker."""
        return [attempt.task for attempt in self._parts.attempts.live.values() if attempt.task is not None]
