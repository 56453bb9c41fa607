"""What the suites of the bus send, and where it arrives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from plynx_common.interfaces.bus import Delivery, MessageBus, Outgoing, Queue, Settlement
from plynx_common.messages.base import Message
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.messages.runs import RunLook
from plynx_common.testing.eventually import eventually

Connect = Callable[[], Awaitable[MessageBus]]

WORK = Queue("work", durable=True, dead_letter=True)


class Stranger(Message):
    """Registered under no type, so that nobody can decode it."""

    run: str = "unknown"


def stranger(type: str, version: int) -> Message:
    """Says on the wire that it is a message of this type and version."""

    class Nobody(Stranger):
        pass

    Nobody.type, Nobody.version = type, version  # after the class exists: the registry does not see it
    return Nobody()


class Inbox:
    """Keeps what is delivered; settles at once if told how."""

    def __init__(self, settlement: Settlement | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self._settlement = settlement

    def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self._settlement is not None:
            delivery.settle(self._settlement)

    @property
    def runs(self) -> list[str]:
        return [cast("RunLook", delivery.message).run for delivery in self.deliveries]

    async def has(self, count: int, within: float = 5.0) -> list[Delivery]:
        await eventually(
            lambda: len(self.deliveries) >= count,
            within=within,
            story=f"{count} deliveries arrive (there are {len(self.deliveries)})",
        )
        return self.deliveries


def look(run: object) -> RunLook:
    return RunLook(run=str(run), partition=0)


def to(queue: str, *runs: object) -> list[Outgoing]:
    return [Outgoing(look(run), DIRECT_TO_QUEUE, queue) for run in runs]


async def everything_arrived(bus: MessageBus) -> None:
    """What was published before has had its chance: a message of our own went round behind it.

    Only the memory bus has an order between queues: what is expected to arrive is waited for, and this for the rest.
    """
    probe = Queue(f"probe-{id(object())}", exclusive=True)
    inbox = Inbox()
    await bus.declare(probe)
    await bus.consume(probe.name, inbox, prefetch=0)
    await bus.publish(to(probe.name, "probe"), confirm=True)
    await inbox.has(1)
    await bus.delete(probe.name)


async def queue_with(bus: MessageBus, *runs: object) -> None:
    await bus.declare(WORK)
    await bus.publish(to(WORK.name, *runs), confirm=True)
