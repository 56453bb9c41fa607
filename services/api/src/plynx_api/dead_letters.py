"""Messages that nobody could handle: looked at without being taken, handed in again, or dropped."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import orjson

from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.interfaces.bus import Delivery, MessageBus, Outgoing, Settlement
from plynx_common.messages.base import Message, NewerMessage, UndecodableMessage, decode, encode
from plynx_common.messages.routes import DEAD_LETTERS, DIRECT_TO_QUEUE, EXCHANGES, PARKED, ROUTES
from plynx_common.messages.undelivered import Undelivered

QUEUES = (DEAD_LETTERS, PARKED)
MOST = 200
"""Letters that are looked at; those behind them come to light as these are dealt with."""
QUIET = 1.0
"""Seconds without another delivery after which there are no more: somebody else may be looking at them."""
TOLD = ("team", "run", "node", "attempt", "stream", "partition", "pool", "worker")
"""All that is shown of a body: others are claims, tokens, and what scripts wrote."""


@dataclass(frozen=True)
class Letter:
    delivery: Delivery

    @cached_property
    def id(self) -> str:
        """Of what it says and where: letters that are alike in all have the same."""
        return hashlib.sha256(encode(self.delivery.message)).hexdigest()[:16]

    @cached_property
    def envelope(self) -> Undelivered:
        message = self.delivery.message
        if isinstance(message, Undelivered):
            return message
        body = encode(message).decode("latin-1")
        return Undelivered(reason="the broker itself gave it up", queue="", exchange="", key="", body=body)

    @cached_property
    def content(self) -> dict[str, Any]:
        """As it travelled; empty for what is no message at all."""
        try:
            content = orjson.loads(self.envelope.body.encode("latin-1"))
        except orjson.JSONDecodeError:
            return {}
        return cast("dict[str, Any]", content) if isinstance(content, dict) else {}

    @property
    def about(self) -> dict[str, Any]:
        body = self.content.get("body")
        fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
        return {name: fields[name] for name in TOLD if isinstance(fields.get(name), str | int)}

    def message(self) -> Message:
        """Raises `Conflict`."""
        try:
            return decode(self.envelope.body.encode("latin-1"))
        except (NewerMessage, UndecodableMessage) as error:
            raise Conflict(
                f"this release cannot read letter '{self.id}' ({error.message}): upgrade, or drop it"
            ) from None


class DeadLetters:
    """All looks at once would each see a part: one after the other in this process."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._looking = asyncio.Lock()

    async def look(self, queue: str) -> tuple[list[Letter], int]:
        """The oldest, and how many there are in all. Raises `BusUnavailable`."""
        async with self._held(queue) as letters:
            behind = await self._bus.depth(queue)
            return letters, len(letters) + behind

    async def reinject(self, queue: str, id: str) -> None:
        """To where it was handled, or would be now. Raises `NotFound`, `Conflict`, `BusUnavailable`."""
        async with self._held(queue) as letters:
            letter = _named(letters, id, queue)
            await self._bus.publish([_again(letter)], confirm=True)
            letter.delivery.settle(Settlement.ACK)

    async def drop(self, queue: str, id: str) -> None:
        """For good. Raises `NotFound`, `BusUnavailable`."""
        async with self._held(queue) as letters:
            _named(letters, id, queue).delivery.settle(Settlement.ACK)

    @asynccontextmanager
    async def _held(self, queue: str) -> AsyncGenerator[list[Letter]]:
        """What is not settled inside goes back, in its old order."""
        found: list[Letter] = []
        arrived = asyncio.Event()

        def hold(delivery: Delivery) -> None:
            found.append(Letter(delivery))
            arrived.set()

        async with self._looking:
            expected = min(await self._bus.depth(queue), MOST)
            consumer = await self._bus.consume(queue, hold, prefetch=MOST)
            try:
                while len(found) < expected and await _set_within(arrived, QUIET):
                    arrived.clear()
                yield list(found)
            finally:
                await consumer.cancel()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _named(letters: list[Letter], id: str, queue: str) -> Letter:
    for letter in letters:
        if letter.id == id:
            return letter
    raise NotFound(f"there is no letter '{id}' among the oldest {MOST} of '{queue}': somebody may have dealt with it")


def _again(letter: Letter) -> Outgoing:
    envelope, message = letter.envelope, letter.message()
    if not envelope.queue:
        raise Conflict(f"nobody knows any more where letter '{letter.id}' was to go: drop it")
    # By its key where one queue is bound to it: who owns that partition now is another. What was for many is for the
    # one that failed.
    is_for_many = EXCHANGES.get(envelope.exchange) == "topic"
    exchange, key = (DIRECT_TO_QUEUE, envelope.queue) if is_for_many else (envelope.exchange, envelope.key)
    route = ROUTES.get(type(message))
    is_persistent = route is not None and route.persistent
    return Outgoing(message, exchange, key, envelope.reply_to, envelope.message_id, persistent=is_persistent)
