"""The memory bus keeps what every bus promises, and some promises of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import structlog

from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.adapters.memory_queue import QUEUE_LIMIT
from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import MessageBus, Queue, Settlement
from plynx_common.testing.contract.bus import MessageBusContract
from plynx_common.testing.contract.bus_inbox import WORK, Connect, Inbox, queue_with, to
from plynx_common.testing.eventually import eventually


class TestMemoryBus(MessageBusContract):
    @pytest.fixture
    async def connect(self) -> AsyncGenerator[Connect]:
        broker = MemoryBroker()
        connections: list[MemoryBus] = []

        async def connect() -> MessageBus:
            connections.append(MemoryBus(broker))
            return connections[-1]

        yield connect
        for connection in connections:
            await connection.close()


async def test_an_interrupted_connection_loses_its_exclusive_queues_and_gets_again_what_it_had_not_settled() -> None:
    bus, inbox, called = MemoryBus(), Inbox(), list[int]()
    bus.on_reconnect(lambda: called.append(1))
    await bus.declare(Queue("mine", exclusive=True))
    await queue_with(bus, 1, 2)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await inbox.has(1)
    bus.interrupt()
    await inbox.has(2)
    inbox.deliveries[0].settle(Settlement.ACK)  # of the old connection: the broker does not hear it
    inbox.deliveries[1].settle(Settlement.ACK)
    await inbox.has(3)
    assert inbox.runs == ["1", "1", "2"]
    assert await eventually(lambda: called, story="the owner is told") == [1]
    with pytest.raises(BusUnavailable):
        await bus.publish(to("mine", 1), confirm=True)


async def test_a_queue_that_nobody_reads_refuses_messages_at_its_limit() -> None:
    bus = MemoryBus()
    await bus.declare(WORK)
    await bus.publish(to(WORK.name, 1) * QUEUE_LIMIT, confirm=True)
    with pytest.raises(BusUnavailable, match="no queue that had room"):
        await bus.publish(to(WORK.name, 2), confirm=True)
    await bus.publish(to(WORK.name, 2))
    assert await bus.depth(WORK.name) == QUEUE_LIMIT


async def test_publishing_never_runs_a_handler_inside() -> None:
    bus, inbox = MemoryBus(), Inbox(Settlement.ACK)
    await bus.declare(WORK)
    await bus.consume(WORK.name, inbox, prefetch=1)
    await bus.publish(to(WORK.name, 1), confirm=True)
    assert inbox.runs == []
    await inbox.has(1)


async def test_a_cancelled_consumer_is_not_kept() -> None:
    bus = MemoryBus()
    await bus.declare(WORK)
    for _ in range(100):
        await (await bus.consume(WORK.name, Inbox(), prefetch=1)).cancel()
    assert not bus._consumers


async def test_a_handler_does_not_see_what_was_bound_around_the_publishing() -> None:
    bus, seen = MemoryBus(), list[dict[str, object]]()
    await bus.declare(WORK)
    await bus.consume(WORK.name, lambda _: seen.append(structlog.contextvars.get_contextvars()), prefetch=0)
    with structlog.contextvars.bound_contextvars(run="of the publisher"):
        await bus.publish(to(WORK.name, 1))
        await eventually(lambda: seen)
    assert seen == [{}]
