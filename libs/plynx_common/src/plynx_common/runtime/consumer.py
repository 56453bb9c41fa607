"""Deliveries become calls of handlers: done, later, refused, or failed; never acknowledged before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from plynx_common.domain.errors import Unavailable
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Settlement
from plynx_common.interfaces.clock import Clock
from plynx_common.messages.base import Message

log = structlog.get_logger()


class RetryLater(Exception):
    """Raised by a handler: nothing is wrong with the message, its time has not come. Never dead-lettered."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class Reject(Exception):
    """Raised by a handler: this message can never be handled; to the dead letters with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Handler = Callable[[Any, Delivery], Awaitable[None]]
"""Takes the message (of the class it is registered for) and its delivery (for `reply_to`)."""


@dataclass(frozen=True, slots=True)
class BackOff:
    first: float = 0.2
    """Seconds."""
    longest: float = 30.0
    failures: int = 5
    """A message whose handler failed that often (other than by `RetryLater` or `Unavailable`) is dead-lettered."""

    def seconds(self, tries: int) -> float:
        return min(self.longest, self.first * 2 ** min(tries - 1, 20))


@asynccontextmanager
async def consuming(
    bus: MessageBus,
    queue: str,
    handlers: Mapping[type[Message], Handler],
    clock: Clock,
    *,
    prefetch: int = 16,
    back_off: BackOff = BackOff(),
) -> AsyncGenerator[Consumer]:
    """Consumes while inside; on the way out what has begun is finished, and what waits for its next try goes back."""
    handling = _Handling(handlers, clock, back_off)
    consumer = await bus.consume(queue, handling.start, prefetch=prefetch)
    try:
        yield consumer
    finally:
        consumer.pause()
        await handling.drain()
        await consumer.cancel()


class _Handling:
    def __init__(self, handlers: Mapping[type[Message], Handler], clock: Clock, back_off: BackOff) -> None:
        self._handlers = handlers
        self._clock = clock
        self._back_off = back_off
        self._working: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self._draining = False

    def start(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(delivery), name=f"handle {delivery.message.type}")
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def drain(self) -> None:
        self._draining = True
        for task in tuple(self._waiting):
            task.cancel()
        while self._working:
            await asyncio.wait(self._working)

    async def _handle(self, delivery: Delivery) -> None:
        message = delivery.message
        handler = self._handlers.get(type(message))
        if handler is None:
            delivery.settle(Settlement.REJECT, f"nobody here handles '{message.type}'")
            return
        with structlog.contextvars.bound_contextvars(message=message.type, message_id=delivery.message_id):
            if (verdict := await self._until_settled(handler, delivery)) is not None:
                delivery.settle(verdict.settlement, verdict.reason)

    async def _until_settled(self, handler: Handler, delivery: Delivery) -> _Verdict | None:
        """None when we are leaving before the next try: unsettled, the delivery goes back to the queue."""
        tries = failures = 0
        while True:
            verdict = await self._try(handler, delivery)
            tries += 1
            failures += verdict.failed
            if verdict.settlement is not Settlement.RETRY:
                return verdict
            if failures >= self._back_off.failures:
                return _Verdict(Settlement.REJECT, verdict.reason)
            if not await self._wait(verdict.seconds or self._back_off.seconds(tries)):
                return None

    async def _try(self, handler: Handler, delivery: Delivery) -> _Verdict:
        try:
            await handler(delivery.message, delivery)
        except RetryLater as later:
            return _Verdict(Settlement.RETRY, later.reason, seconds=later.seconds)
        except Reject as refusal:
            log.warning("message_refused", reason=refusal.reason)
            return _Verdict(Settlement.REJECT, refusal.reason)
        except Unavailable as error:
            log.warning("message_waits", reason=error.message)
            return _Verdict(Settlement.RETRY, error.message)
        except Exception as error:
            log.exception("message_failed")
            return _Verdict(Settlement.RETRY, f"{type(error).__name__}: {error}", failed=True)
        return _Verdict(Settlement.ACK)

    async def _wait(self, seconds: float) -> bool:
        """False when there will be no next try here."""
        task = asyncio.current_task()
        if self._draining or task is None:
            return False
        self._waiting.add(task)
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            if not self._draining:
                raise
            return False
        finally:
            self._waiting.discard(task)
        return True


@dataclass(frozen=True, slots=True)
class _Verdict:
    settlement: Settlement
    reason: str = ""
    seconds: float | None = None
    failed: bool = False
