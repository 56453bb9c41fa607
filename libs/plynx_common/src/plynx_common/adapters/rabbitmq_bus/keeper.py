"""A session that is kept: lost, it comes back, and with it the durable queues and their consumers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from plynx_common.adapters.rabbitmq_bus.calls import LOST, answered, back_off, in_words
from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel
from plynx_common.adapters.rabbitmq_bus.consumer import RabbitMQConsumer
from plynx_common.adapters.rabbitmq_bus.retries import Retries
from plynx_common.adapters.rabbitmq_bus.session import Session
from plynx_common.adapters.rabbitmq_bus.topology import Topology
from plynx_common.domain.errors import BusUnavailable, Conflict, Misconfigured, NotFound, PlynxError
from plynx_common.interfaces.bus import Outgoing

BACK_OFF = 0.2, 2.0
"""Seconds before the second try to connect, and the most before a later one."""
CONSUMER_BACK_OFF = 0.1, 10.0

T = TypeVar("T")

log = structlog.get_logger()


class Keeper:
    """While the connection is lost every call is refused at once: who calls knows best what to do meanwhile."""

    def __init__(self, url: str, name: str, limit: float, topology: Topology) -> None:
        self.topology = topology
        self.retries = Retries()
        self.on_reconnect: list[Callable[[], None]] = []
        self.consumers: dict[RabbitMQConsumer, None] = {}
        self._url = url
        self._name = name
        self._limit = limit
        self._session: Session | None = None
        self._is_ready = asyncio.Event()
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises `Misconfigured`, `Conflict` or `BusUnavailable`."""
        await self._connect()
        self._is_ready.set()
        self._task = asyncio.get_running_loop().create_task(self._keep(), name="rabbitmq-bus")

    async def close(self) -> None:
        if self._is_closed:
            return
        with suppress(BusUnavailable):  # so that what was settled last is heard
            await asyncio.gather(*(consumer.cancel() for consumer in list(self.consumers)))
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._close_session()

    async def ask(self, question: Callable[[BulkChannel], Awaitable[T]], what: str) -> T:
        return await answered(self._open_session().ask(question), self._limit, what)

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        publisher = self._open_session().publisher
        if not messages:
            return
        what = f"publishing {len(messages)} messages"
        try:
            with in_words(what):
                async with asyncio.timeout(self._limit):
                    await publisher.publish(messages, confirm=confirm)
        except TimeoutError as error:
            raise BusUnavailable(
                f"{what}: the broker did not take them within {self._limit:g} s; it may be short of memory or disk"
            ) from error

    async def start(self, consumer: RabbitMQConsumer) -> None:
        connection = self._open_session().consuming
        await answered(consumer.open(connection), self._limit, f"consuming queue '{consumer.queue}'")
        self.consumers[consumer] = None

    async def leave(self, consumer: RabbitMQConsumer, channel: BulkChannel | None) -> None:
        self.consumers.pop(consumer, None)
        if channel is not None and not channel.is_over:
            await answered(channel.leave(), self._limit, f"cancelling a consumer of queue '{consumer.queue}'")

    async def bring_back(self, consumer: RabbitMQConsumer) -> None:
        """After its channel, or the connection, was lost: until it is there again."""
        queue = consumer.queue
        for pause in back_off(*CONSUMER_BACK_OFF):
            await asyncio.sleep(pause)
            await self._is_ready.wait()
            try:
                await self.ask(
                    lambda channel: self.topology.declare_again(channel, queue), f"declaring queue '{queue}'"
                )
                await self.start(consumer)
            except (BusUnavailable, Conflict, Misconfigured, NotFound) as error:
                log.warning("consumer_not_back", queue=queue, error=error.message)
            else:
                return

    def keeps_rejected(self, queue: str) -> bool:
        return self.topology.keeps_rejected(queue)

    def _open_session(self) -> Session:
        if self._is_closed:
            raise BusUnavailable("this connection to the broker is closed")
        if self._session is None or self._session.is_lost:
            raise BusUnavailable(LOST)
        return self._session

    async def _connect(self) -> None:
        session = await answered(Session.open(self._url, self._name), self._limit, "connecting to PLYNX_BUS_URL")
        try:
            await answered(session.ask(self.topology.restore), self._limit, "declaring exchanges and queues")
        except BaseException:
            await self._end(session)
            raise
        self._session = session

    async def _keep(self) -> None:
        while self._session is not None:
            why = await self._session.until_lost()
            log.warning("bus_lost", reason=why)
            self._is_ready.clear()
            self._end_exclusive()
            await self._close_session()
            await self._reconnect()
            log.info("bus_back")
            loop = asyncio.get_running_loop()
            for callback in self.on_reconnect:
                loop.call_soon(callback)
            loop.call_soon(self._is_ready.set)  # owners have forgotten what they held before it is delivered again

    def _end_exclusive(self) -> None:
        for consumer in [consumer for consumer in self.consumers if self.topology.is_exclusive(consumer.queue)]:
            consumer.end()
            del self.consumers[consumer]

    async def _reconnect(self) -> None:
        for pause in back_off(*BACK_OFF):
            try:
                await self._connect()
            except PlynxError as error:
                log.warning("bus_not_back", error=error.message, again_in=round(pause, 1))
            else:
                return
            await asyncio.sleep(pause)

    async def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await self._end(session)

    async def _end(self, session: Session) -> None:
        with suppress(BusUnavailable):
            await answered(session.close(), self._limit, "closing the connection")
