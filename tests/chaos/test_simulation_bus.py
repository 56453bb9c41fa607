"""The simulated broker: a broker while it is calm, and a bag with holes when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from random import Random
from typing import Any, TypeVar

import pytest

from plynx_common.domain.errors import BusUnavailable
from plynx_common.interfaces.bus import MessageBus, Outgoing, Queue, Settlement
from plynx_common.messages.routes import DIRECT_TO_QUEUE
from plynx_common.testing.contract.bus import MessageBusContract
from plynx_common.testing.contract.bus_inbox import WORK, Connect, Inbox, look, queue_with, to
from plynx_common.testing.simulation.bus import BusFaults, SimulatedBroker
from plynx_common.testing.simulation.loop import SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.trace import Trace

T = TypeVar("T")


def broker_on(loop: SimulatedLoop, seed: int = 1) -> tuple[SimulatedBroker, SimulatedProcess]:
    trace = Trace(loop.time)
    return SimulatedBroker(loop, seed, trace), SimulatedProcess("p", loop, Random(seed), trace)


class TestCalmSimulatedBus(MessageBusContract):
    """On virtual time: see conftest.py."""

    @pytest.fixture
    async def connect(self) -> AsyncGenerator[Connect]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        broker, process = broker_on(loop)
        connections: list[MessageBus] = []

        async def connect() -> MessageBus:
            connections.append(broker.connect(process))
            return connections[-1]

        yield connect
        for connection in connections:
            await connection.close()


def simulated(scenario: Callable[[SimulatedBroker, SimulatedProcess], Coroutine[Any, Any, T]], seed: int = 1) -> T:
    loop = SimulatedLoop(seed)
    try:
        return loop.run_until_complete(scenario(*broker_on(loop, seed)))
    finally:
        loop.close()


def received(faults: BusFaults, *, confirm: bool = False, seed: int = 1) -> list[int]:
    async def scenario(broker: SimulatedBroker, process: SimulatedProcess) -> list[int]:
        bus, inbox = broker.connect(process), Inbox(Settlement.ACK)
        await bus.declare(WORK)
        await bus.consume(WORK.name, inbox, prefetch=3)
        broker.faults = faults
        for number in range(200):
            try:
                await bus.publish(to(WORK.name, number), confirm=confirm)
            except BusUnavailable:
                continue
        await asyncio.sleep(100)
        return list(map(int, inbox.runs))

    return simulated(scenario, seed)


def test_the_calm_broker_is_a_queue() -> None:
    assert received(BusFaults()) == list(range(200))


def test_unconfirmed_messages_may_be_lost_and_confirmed_ones_not() -> None:
    assert 50 < len(received(BusFaults(lost=0.5))) < 150
    assert received(BusFaults(lost=0.5), confirm=True) == list(range(200))


def test_messages_come_twice() -> None:
    got = received(BusFaults(twice=0.3))
    assert set(got) == set(range(200))
    assert 230 < len(got) < 330


def test_messages_come_in_any_order() -> None:
    got = received(BusFaults(disordered=0.5, usual=0.02))
    assert got != sorted(got) == list(range(200))
    got = received(BusFaults(slow=0.2))
    assert got != sorted(got) == list(range(200))


def test_a_lost_confirm_is_an_error_though_the_message_arrived() -> None:
    assert received(BusFaults(unconfirmed=1), confirm=True) == list(range(200))
    assert received(BusFaults(refused=1)) == []


def test_the_same_seed_gives_the_same_deliveries() -> None:
    faults = BusFaults(lost=0.1, twice=0.2, disordered=0.3, slow=0.1)
    assert received(faults, seed=5) == received(faults, seed=5) != received(faults, seed=6)


def test_a_restart_keeps_persistent_messages_only_and_a_wipe_keeps_none() -> None:
    async def scenario(broker: SimulatedBroker, process: SimulatedProcess) -> tuple[int, int]:
        bus = broker.connect(process)
        await queue_with(bus, 1, 2)
        await bus.publish([Outgoing(look(3), DIRECT_TO_QUEUE, WORK.name, persistent=True)], confirm=True)
        broker.restart()
        await asyncio.sleep(10)
        left = await bus.depth(WORK.name)
        broker.wipe()
        await asyncio.sleep(10)
        return left, await bus.depth(WORK.name)

    assert simulated(scenario) == (1, 0)


def test_a_broken_connection_loses_exclusive_queues_gives_back_and_tells_its_owner() -> None:
    async def scenario(broker: SimulatedBroker, process: SimulatedProcess) -> None:
        bus, inbox, told = broker.connect(process), Inbox(), list[float]()
        bus.on_reconnect(lambda: told.append(broker.loop.time()))
        await bus.declare(Queue("mine", exclusive=True))
        await queue_with(bus, 1)
        await bus.consume(WORK.name, inbox, prefetch=1)
        await inbox.has(1)
        bus.break_down()
        with pytest.raises(BusUnavailable, match="lost"):
            await bus.publish(to(WORK.name, 2))
        await asyncio.sleep(6)
        assert len(told) == 1
        assert inbox.runs == ["1", "1"]
        with pytest.raises(BusUnavailable, match="mine"):
            await bus.publish(to("mine", 3), confirm=True)

    simulated(scenario)


@pytest.mark.parametrize("trouble", ["kill", "pause", "cut"])
def test_what_a_silent_process_held_goes_to_the_others(trouble: str) -> None:
    async def scenario(broker: SimulatedBroker, process: SimulatedProcess) -> None:
        bus, held = broker.connect(process), Inbox()
        await queue_with(bus, 1)
        await bus.consume(WORK.name, held, prefetch=1)
        await held.has(1)
        living, inbox = SimulatedProcess("q", broker.loop, Random(2), broker.trace), Inbox(Settlement.ACK)
        await broker.connect(living).consume(WORK.name, inbox, prefetch=1)
        if trouble == "kill":
            process.kill()
        elif trouble == "pause":
            process.pause(60)
        else:
            process.cut_off(60)
        await asyncio.sleep(19)
        if trouble != "kill":
            assert inbox.runs == []
        await asyncio.sleep(2)
        assert inbox.runs == ["1"]
        held.deliveries[0].settle(Settlement.REJECT)  # too late: nobody hears it
        await asyncio.sleep(60)
        assert await broker.connect(living).depth("dead-letters") == 0
        process.bury()
        await asyncio.sleep(1)

    simulated(scenario)


def test_a_short_cut_only_delays() -> None:
    async def scenario(broker: SimulatedBroker, process: SimulatedProcess) -> None:
        bus, inbox = broker.connect(process), Inbox(Settlement.ACK)
        await queue_with(bus)
        await bus.consume(WORK.name, inbox, prefetch=1)
        process.cut_off(8)
        other = broker.connect(SimulatedProcess("q", broker.loop, Random(2), broker.trace))
        await other.publish(to(WORK.name, 1, 2), confirm=True)
        with pytest.raises(BusUnavailable, match="10 s"):
            await bus.publish(to(WORK.name, 3))
        await asyncio.sleep(1)
        assert inbox.runs == ["1", "2"]
        assert [delivery.redelivered for delivery in inbox.deliveries] == [False, False]

    simulated(scenario)
