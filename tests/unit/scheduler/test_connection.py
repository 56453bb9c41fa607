"""A scheduler instance's place on the bus, on a broker that takes its time."""

from __future__ import annotations

import asyncio

from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_queue import BrokerQueue, MemoryConsumer, OnDelivery
from plynx_common.messages import routes
from plynx_scheduler.connection import Connection
from plynx_scheduler.inbox import Inbox
from plynx_scheduler.service import make_core
from tests.unit.scheduler.stage import empty_stage, settings_of


class SlowBus(MemoryBus):
    """Its consumers leave when they may."""

    is_asked: asyncio.Event
    may_leave: asyncio.Event

    def _new_consumer(self, source: BrokerQueue, on_delivery: OnDelivery, prefetch: int) -> MemoryConsumer:
        consumer = SlowConsumer(source, on_delivery, prefetch, self.forget)
        consumer.bus = self
        return consumer


class SlowConsumer(MemoryConsumer):
    bus: SlowBus

    async def cancel(self) -> None:
        self.bus.is_asked.set()
        await self.bus.may_leave.wait()
        await super().cancel()


async def test_a_partition_lost_while_another_one_is_being_left_is_left_too():
    """Its consumer would take results for ever, and settle none."""
    stage = empty_stage()
    bus = SlowBus(stage.broker)
    bus.is_asked, bus.may_leave = asyncio.Event(), asyncio.Event()
    connection = Connection(make_core(settings_of(), stage.backends), bus, Inbox(stage.clock))
    for partition in (0, 1):
        connection.attach(partition)
    await connection.mend()

    connection.detach(0)
    mending = asyncio.create_task(connection.mend())
    await bus.is_asked.wait()
    connection.detach(1)
    bus.may_leave.set()
    await mending
    await connection.mend()

    queues = [stage.broker.queue(routes.results_queue(partition), bus) for partition in (0, 1)]
    assert not any(queue._consumers for queue in queues)
