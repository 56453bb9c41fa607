"""What a scheduler says of its pools, for people and autoscalers."""

from __future__ import annotations

from plynx_common.domain.graph import Node
from plynx_common.interfaces.bus import Queue
from plynx_common.messages import routes
from plynx_common.messages.base import Message
from plynx_common.messages.workers import PoolsLoaded
from plynx_common.runtime.telemetry import METRICS
from tests.unit.scheduler.stage import POOL, Player, Stage, graph


async def told(stage: Stage) -> list[Message]:
    """What arrives from now on."""
    heard: list[Message] = []
    bus = stage.backends.bus
    await bus.declare(Queue("listener", exclusive=True))
    await bus.bind("listener", routes.FACTS, routes.POOLS_LOADED_KEY)
    await bus.consume("listener", lambda delivery: heard.append(delivery.message), prefetch=0)
    return heard


def number(name: str) -> float | None:
    return METRICS.registry.get_sample_value(name, {"pool": POOL})


async def test_ready_and_running_nodes_are_told_with_each_tick_until_there_are_none(stage: Stage) -> None:
    worker = Player(stage)
    await worker.appear()
    heard = await told(stage)
    await stage.clock.advance(5)
    assert heard == []
    await stage.submit(graph([Node(id=f"n{index}", operation="op") for index in range(3)]))
    granted = await worker.work()
    await stage.clock.advance(2.5)
    assert isinstance(heard[-1], PoolsLoaded)
    assert [(load.pool, load.ready, load.running) for load in heard[-1].pools] == [(POOL, 2, 1)]
    assert (number("plynx_pool_ready"), number("plynx_pool_running"), number("plynx_pool_demand")) == (2, 1, 3)
    await worker.say_seen()
    await worker.finish(granted)
    for _ in range(2):
        await worker.finish(await worker.work())
    await stage.clock.advance(2.5)
    assert isinstance(heard[-1], PoolsLoaded)
    assert heard[-1].pools == ()
    assert (number("plynx_pool_demand"), number("plynx_pool_slots")) == (0, 2)
    heard.clear()
    await stage.clock.advance(5)
    assert heard == []
