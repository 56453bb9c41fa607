"""A connection to the broker in memory; with it go its exclusive queues, and what it has not settled comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from plynx_common.adapters.memory_broker import MemoryBroker
from plynx_common.adapters.memory_queue import BrokerQueue, MemoryConsumer, OnDelivery
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import Consumer, Outgoing, Queue

__all__ = ["MemoryBroker", "MemoryBus"]


class MemoryBus:
    """Several of them may share a broker; each alone can be interrupted or closed."""

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        self._broker = broker or MemoryBroker()
        self._consumers: dict[MemoryConsumer, None] = {}
        self._on_reconnect: list[Callable[[], None]] = []
        self._closed = False

    def _open_broker(self) -> MemoryBroker:
        if self._closed:
            raise BusUnavailable("this connection to the memory bus is closed")
        return self._broker

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        broker = self._open_broker()
        lost = [message for message in messages if not broker.publish(message)]
        if confirm and lost:
            first = lost[0]
            raise BusUnavailable(
                f"{len(lost)} of {len(messages)} messages reached no queue that had room, the first of them "
                f"'{first.message.type}' on exchange '{first.exchange}' with key '{first.key}'"
            )

    async def declare(self, queue: Queue) -> None:
        self._open_broker().declare(queue, self)

    async def bind(self, queue: str, exchange: str, key: str) -> None:
        self._open_broker().bind(queue, exchange, key, self)

    async def unbind(self, queue: str, exchange: str, key: str) -> None:
        self._open_broker().unbind(queue, exchange, key)

    async def delete(self, queue: str) -> None:
        self._open_broker().delete(queue, self)

    async def consume(self, queue: str, on_delivery: OnDelivery, *, prefetch: int) -> Consumer:
        source = self._open_broker().queue(queue, self)
        consumer = self._new_consumer(source, on_delivery, prefetch)
        self._consumers[consumer] = None
        source.attach(consumer)
        return consumer

    def _new_consumer(self, source: BrokerQueue, on_delivery: OnDelivery, prefetch: int) -> MemoryConsumer:
        return MemoryConsumer(source, on_delivery, prefetch, self.forget)

    async def depth(self, queue: str) -> int:
        return self._open_broker().depth(queue)

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        self._on_reconnect.append(callback)

    def interrupt(self) -> None:
        """The connection breaks and is there again: what was unsettled comes again, exclusive queues are gone."""
        for consumer in self._consumers:
            consumer.give_back()
        self._open_broker().delete_exclusive(self)
        for callback in self._on_reconnect:
            asyncio.get_running_loop().call_soon(callback)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for consumer in list(self._consumers):
            consumer.leave()
        self._broker.delete_exclusive(self)

    def forget(self, consumer: MemoryConsumer) -> None:
        self._consumers.pop(consumer, None)
