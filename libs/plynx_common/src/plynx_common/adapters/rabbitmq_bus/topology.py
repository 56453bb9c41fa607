"""What is declared on the broker, with the same arguments from RabbitMQ 3.10 to 4.x, and declared again when lost."""

from __future__ import annotations

from typing import Any

from aiormq.abc import AbstractChannel

from plynx_common.interfaces.bus import Queue
from plynx_common.messages.routes import DEAD_LETTERS, EXCHANGES, PARKED

STANDING = (Queue(DEAD_LETTERS, durable=True, quorum=True), Queue(PARKED, durable=True, quorum=True))
NO_LIMIT = 1_000_000_000
"""Deliveries. Since RabbitMQ 4.0 a quorum queue drops what was delivered 20 times; 3.10 knows no word for never."""

Binding = tuple[str, str, str]
"""Queue, exchange, key."""


class Topology:
    """A broker that lost its disk gets durable queues and their bindings again; exclusive ones are their owner's."""

    def __init__(self, *, declares_shared: bool) -> None:
        """Shared are the exchanges and what is put aside: a worker's user may not declare them, and finds them made."""
        self._exchanges = EXCHANGES if declares_shared else {}
        self._durable = {queue.name: queue for queue in STANDING if declares_shared}
        self._exclusive: set[str] = set()
        self._bindings: dict[Binding, None] = {}

    async def restore(self, channel: AbstractChannel) -> None:
        self._exclusive.clear()
        for name, kind in self._exchanges.items():
            await channel.exchange_declare(name, exchange_type=kind, durable=True)
        for queue in self._durable.values():
            await _declare(channel, queue)
        for queue, exchange, key in self._bindings:
            await channel.queue_bind(queue, exchange, key)

    async def declare(self, channel: AbstractChannel, queue: Queue) -> None:
        await _declare(channel, queue)
        if queue.exclusive:
            self._exclusive.add(queue.name)
        elif queue.durable:
            self._durable[queue.name] = queue

    async def declare_again(self, channel: AbstractChannel, queue: str) -> None:
        """If it is durable and was declared here, with its bindings."""
        if queue in self._durable:
            await _declare(channel, self._durable[queue])
            for binding in [binding for binding in self._bindings if binding[0] == queue]:
                await channel.queue_bind(*binding)

    async def bind(self, channel: AbstractChannel, *binding: str) -> None:
        queue, exchange, key = binding
        await channel.queue_bind(queue, exchange, key)
        if queue in self._durable:
            self._bindings[queue, exchange, key] = None

    async def unbind(self, channel: AbstractChannel, *binding: str) -> None:
        queue, exchange, key = binding
        self._bindings.pop((queue, exchange, key), None)
        await channel.queue_unbind(queue, exchange, key)

    async def delete(self, channel: AbstractChannel, queue: str) -> None:
        self._durable.pop(queue, None)
        self._exclusive.discard(queue)
        for binding in [binding for binding in self._bindings if binding[0] == queue]:
            del self._bindings[binding]
        await channel.queue_delete(queue)

    def is_exclusive(self, queue: str) -> bool:
        return queue in self._exclusive

    def keeps_rejected(self, queue: str) -> bool:
        """What others declared is kept: a dead letter too many is better than one too few."""
        known = self._durable.get(queue)
        return queue not in self._exclusive if known is None else known.dead_letter


async def _declare(channel: AbstractChannel, queue: Queue) -> None:
    arguments: dict[str, Any] = {}
    if queue.durable:  # said always: a virtual host may have another default
        arguments["x-queue-type"] = "quorum" if queue.quorum else "classic"
    if queue.quorum:
        arguments["x-delivery-limit"] = NO_LIMIT
    if queue.dead_letter:  # where the broker itself gives a message up; we put them there with a reason
        arguments |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD_LETTERS}
    await channel.queue_declare(queue.name, durable=queue.durable, exclusive=queue.exclusive, arguments=arguments)
