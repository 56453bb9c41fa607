"""The seam: what services ask for, said to the session that is kept for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from plynx_common.adapters.rabbitmq_bus.channel import BulkChannel
from plynx_common.adapters.rabbitmq_bus.consumer import RabbitMQConsumer
from plynx_common.adapters.rabbitmq_bus.keeper import Keeper
from plynx_common.adapters.rabbitmq_bus.topology import Topology
from plynx_common.domain.errors import Conflict, Misconfigured, NotFound
from plynx_common.interfaces.bus import Consumer, Delivery, Outgoing, Queue

CALL_LIMIT = 10.0
"""Seconds for each call of the broker."""


class RabbitMQBus:
    """Between confirmed and unconfirmed messages there is no order, nor between those of different queues."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._topology = keeper.topology

    @classmethod
    async def open(
        cls, url: str, *, name: str = "plynx", limit: float = CALL_LIMIT, declares_shared: bool = True
    ) -> Self:
        """Raises `Misconfigured` or `BusUnavailable`. `name` is what the broker shows; `limit` in seconds.

        `declares_shared`: exchanges and dead letters, which the user of a worker may not declare.
        """
        keeper = Keeper(url, name, limit, Topology(declares_shared=declares_shared))
        try:
            await keeper.open()
        except Conflict as error:
            raise Misconfigured(error.message) from error
        return cls(keeper)

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        await self._keeper.publish(messages, confirm=confirm)

    async def declare(self, queue: Queue) -> None:
        what = f"declaring queue '{queue.name}'"
        await self._keeper.ask(lambda channel: self._topology.declare(channel, queue), what)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        what = f"binding queue '{queue}' to exchange '{exchange}'"
        await self._keeper.ask(lambda channel: self._topology.bind(channel, queue, exchange, key), what)

    async def unbind(self, queue: str, exchange: str, key: str) -> None:
        what = f"unbinding queue '{queue}' from exchange '{exchange}'"
        await self._keeper.ask(lambda channel: self._topology.unbind(channel, queue, exchange, key), what)

    async def delete(self, queue: str) -> None:
        for consumer in [consumer for consumer in self._keeper.consumers if consumer.queue == queue]:
            await consumer.cancel()
        await self._keeper.ask(lambda channel: self._topology.delete(channel, queue), f"deleting queue '{queue}'")

    async def consume(self, queue: str, on_delivery: Callable[[Delivery], None], *, prefetch: int) -> Consumer:
        consumer = RabbitMQConsumer(self._keeper, queue, on_delivery, prefetch)
        await self._keeper.start(consumer)
        return consumer

    async def depth(self, queue: str) -> int:
        try:
            return await self._keeper.ask(lambda channel: _depth(channel, queue), f"counting queue '{queue}'")
        except NotFound:
            return 0

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        self._keeper.on_reconnect.append(callback)

    async def close(self) -> None:
        await self._keeper.close()


async def _depth(channel: BulkChannel, queue: str) -> int:
    return (await channel.queue_declare(queue, passive=True)).message_count or 0
