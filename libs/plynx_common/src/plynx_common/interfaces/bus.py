"""Seam to the broker: a doorbell. Losing every message, or getting each five times, costs time and never a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from plynx_common.messages.base import Message


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    type: str
    """`direct` or `topic`."""


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    durable: bool = False
    quorum: bool = False
    exclusive: bool = False
    """Of this connection only; gone with it."""
    dead_letter: bool = False
    """Rejected messages go to the dead-letter queue with their reason."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    message: Message
    exchange: str
    """`""` is the default exchange: `key` names the queue."""
    key: str
    reply_to: str | None = None
    message_id: str | None = None
    persistent: bool = False


class Settlement(Enum):
    ACK = "ack"
    RETRY = "retry"
    """Back to the queue, delivered again."""
    REJECT = "reject"
    """To the dead-letter queue."""


class Delivery(Protocol):
    @property
    def message(self) -> Message: ...
    @property
    def reply_to(self) -> str | None: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def queue(self) -> str: ...
    @property
    def redelivered(self) -> bool: ...
    def settle(self, settlement: Settlement, reason: str = "") -> None:
        """At most once; does not wait. A delivery never settled comes again when its consumer is cancelled."""
        ...


class Consumer(Protocol):
    @property
    def queue(self) -> str: ...

    async def cancel(self) -> None:
        """No more deliveries; what is unsettled goes back to the queue."""
        ...

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class MessageBus(Protocol):
    """Raises `BusUnavailable` when the broker does not answer in time."""

    async def publish(self, messages: Sequence[Outgoing], *, confirm: bool = False) -> None:
        """In order. With `confirm` it returns when the broker has taken charge of all, and raises `BusUnavailable` for
        a message that no queue received; without, a message that nobody is bound to is dropped silently.
        """
        ...

    async def declare(self, queue: Queue) -> None:
        """Idempotent. Exchanges of the routes table exist from the start."""
        ...

    async def bind(self, queue: str, exchange: str, key: str) -> None: ...

    async def unbind(self, queue: str, exchange: str, key: str) -> None: ...

    async def delete(self, queue: str) -> None: ...

    async def consume(self, queue: str, on_delivery: Callable[[Delivery], None], *, prefetch: int) -> Consumer:
        """`on_delivery` is called on the event loop and must not block; undecodable messages are dead-lettered.

        `prefetch`: at most that many unsettled deliveries; 0: no limit, and deliveries count as settled.
        """
        ...

    async def depth(self, queue: str) -> int:
        """Messages waiting (not those delivered and unsettled); 0 for an absent queue."""
        ...

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """Called after the connection was lost and is there again: exclusive queues are gone, hints may be lost."""
        ...

    async def close(self) -> None: ...
