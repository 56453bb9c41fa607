"""One queue of this process on the bus; what arrives is fanned out in memory to bounded subscriptions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self

import structlog

from plynx_api.refusals import TooManyFollowers
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Delivery, MessageBus, Queue
from plynx_common.interfaces.clock import Ids
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.logs import LogChunk
from plynx_common.messages.runs import RunChanged
from plynx_common.messages.workers import PoolsLoaded, WorkerSeen

MOST_WAITING = 512
"""Messages that wait for one reader; a slower one reads the store instead."""

Key = tuple[str, str]
"""Exchange and routing key."""
FLEET: Key = ("", "fleet")
"""What workers and pools say, which every API process hears anyway."""

log = structlog.get_logger()


class Subscription:
    """What arrived for one reader since it last looked."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._woken = asyncio.Event()
        self._is_behind = False

    def put(self, message: Message) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.miss()
            return
        self._waiting.append(message)
        self._woken.set()

    def miss(self) -> None:
        """Something may have been lost: what waits is worth nothing, the reader has to look at the store."""
        self._waiting.clear()
        self._is_behind = True
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Until something arrives, or so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def take(self) -> tuple[list[Message], bool]:
        """What waits, and whether something before it may have been lost."""
        found, behind = list(self._waiting), self._is_behind
        self._waiting.clear()
        self._woken.clear()
        self._is_behind = False
        return found, behind


class Live:
    """Enter it once. Everything is bound only while somebody watches, but for what workers and pools are doing."""

    def __init__(
        self, bus: MessageBus, ids: Ids, on_fleet: Callable[[WorkerSeen | PoolsLoaded], None], most: int = 2000
    ) -> None:
        self._bus = bus
        self._ids = ids
        self._on_fleet = on_fleet
        self.most = most
        self._count = 0
        self._queue = ""
        self._consumer: Consumer | None = None
        self._readers: dict[Key, list[Subscription]] = {}
        self._binding = asyncio.Lock()
        self._tasks: asyncio.TaskGroup | None = None
        self.is_closing = False

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        await self._open()
        self._bus.on_reconnect(self._reconnected)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        if self._tasks is not None:
            tasks, self._tasks = self._tasks, None
            await tasks.__aexit__(None, None, None)
        try:
            if self._consumer is not None:
                await self._consumer.cancel()
                await self._bus.delete(self._queue)
        except BusUnavailable:
            return  # the queue is exclusive: it goes with the connection

    def close(self) -> None:
        """Every stream ends at its next look, so that a stopping server need not wait for those who watch."""
        self.is_closing = True
        for readers in self._readers.values():
            for reader in readers:
                reader.wake()

    def require_room(self) -> None:
        """Asked before an answer begins, because a stream that has begun cannot be refused any more."""
        if self._count >= self.most:
            raise TooManyFollowers(
                f"{self._count} runs and logs are followed already: try later, or raise PLYNX_API_MOST_FOLLOWERS"
            )

    @asynccontextmanager
    async def listening(self, keys: Sequence[Key]) -> AsyncGenerator[Subscription]:
        """Bound when entered: whoever reads the store then misses nothing that comes after."""
        subscription = Subscription()
        self._count += 1
        try:
            for key in keys:
                await self._join(key, subscription)
            yield subscription
        finally:
            self._count -= 1
            for key in keys:
                await self._leave(key, subscription)

    async def _join(self, key: Key, subscription: Subscription) -> None:
        async with self._binding:
            readers = self._readers.get(key)
            if readers is None:
                if key != FLEET:
                    await self._bus.bind(self._queue, *key)
                readers = self._readers[key] = []
            readers.append(subscription)

    async def _leave(self, key: Key, subscription: Subscription) -> None:
        async with self._binding:
            readers = self._readers.get(key, [])
            if subscription in readers:
                readers.remove(subscription)
            if not readers and self._readers.pop(key, None) is not None and key != FLEET:
                try:
                    await self._bus.unbind(self._queue, *key)
                except BusUnavailable:
                    return  # bound until the connection ends; what still comes finds no reader

    async def _open(self) -> None:
        """Under a fresh name at every connection (2-protocol §1)."""
        self._queue = self._ids.new("api-")
        await self._bus.declare(Queue(self._queue, exclusive=True))
        for key in (routes.EVERY_WORKER, routes.POOLS_LOADED_KEY):
            await self._bus.bind(self._queue, routes.FACTS, key)
        for key in self._readers.keys() - {FLEET}:
            await self._bus.bind(self._queue, *key)
        self._consumer = await self._bus.consume(self._queue, self._arrived, prefetch=0)

    def _reconnected(self) -> None:
        if self._tasks is not None and not self.is_closing:
            self._tasks.create_task(self._reopen(), name="api-reconnect")

    async def _reopen(self) -> None:
        async with self._binding:
            try:
                await self._open()
            except BusUnavailable as error:
                log.warning("live_waits_for_bus", reason=error.message)  # the next reconnect tries again
        for readers in self._readers.values():
            for reader in readers:
                reader.miss()

    def _arrived(self, delivery: Delivery) -> None:
        message = delivery.message
        match message:
            case WorkerSeen() | PoolsLoaded():
                self._on_fleet(message)
                self._hand_out(FLEET, message)
            case RunChanged():
                self._hand_out(facts_of(message.team, message.run), message)
                self._hand_out(facts_of_team(message.team), message)
            case LogChunk():
                chunk_key = chunks_of(message.team, message.run, message.node, message.attempt, message.stream)
                self._hand_out(chunk_key, message)
            case _:
                return

    def _hand_out(self, key: Key, message: Message) -> None:
        for reader in self._readers.get(key, ()):
            reader.put(message)


def facts_of(team: str, run: str) -> Key:
    return routes.FACTS, routes.run_changed_key(team, run)


def facts_of_team(team: str) -> Key:
    return routes.FACTS, routes.run_changed_key(team, "*")


def chunks_of(team: str, run: str, node: str, attempt: int, stream: str) -> Key:
    return routes.LOGS, routes.log_key(team, run, node, attempt, stream)
