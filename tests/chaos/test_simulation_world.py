"""A whole simulation: one seed tells one story under any hash seed, and what breaks ends it with that story."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.errors import Unavailable
from plynx_common.interfaces.bus import Delivery, Outgoing, Queue, Settlement
from plynx_common.interfaces.documents import CompareAndSet, Insert, Outcome
from plynx_common.messages.routes import FACTS
from plynx_common.messages.runs import RunLook
from plynx_common.runtime.backends import Backends
from plynx_common.testing.contract.bus_inbox import to
from plynx_common.testing.simulation.bus import BusFaults
from plynx_common.testing.simulation.loop import Deadlock
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.store import StoreFaults
from plynx_common.testing.simulation.world import Simulation

T = TypeVar("T")

JOBS = Queue("jobs", durable=True)
COUNT = 30
FENCE = {"state": "new"}


async def worker(backends: Backends, fence: Mapping[str, Any]) -> None:
    """At least once by messages, at most once by compare-and-set."""
    waiting: asyncio.Queue[Delivery] = asyncio.Queue()
    consumer = await retried(lambda: backends.bus.consume("jobs", waiting.put_nowait, prefetch=4))
    assert consumer.queue == "jobs"
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(handle(backends, waiting, fence))


async def handle(backends: Backends, waiting: asyncio.Queue[Delivery], fence: Mapping[str, Any]) -> None:
    while True:
        delivery = await waiting.get()
        assert isinstance(delivery.message, RunLook)
        name = delivery.message.run
        try:
            taken = CompareAndSet("jobs", name, fence, {"state": "done", "by": backends.ids.new()})
            [outcome] = await backends.documents.write([taken])
            await backends.bus.publish([Outgoing(delivery.message, FACTS, f"job.{name}")])
        except Unavailable:
            outcome = Outcome.UNKNOWN
        delivery.settle(Settlement.RETRY if outcome is Outcome.UNKNOWN else Settlement.ACK)
        await backends.clock.sleep(backends.ids.jitter())


async def retried(act: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await act()
        except Unavailable:
            await asyncio.sleep(1)


async def scenario(simulation: Simulation, fence: Mapping[str, Any] = FENCE) -> str:
    done: dict[str, object] = {}

    def once_only(batch: object, outcomes: object) -> None:
        for write, outcome in zip(batch, outcomes, strict=True):  # type: ignore[call-overload]
            if isinstance(write, CompareAndSet) and outcome is Outcome.STORED:
                assert write.id not in done, f"job '{write.id}' is done twice"
                done[write.id] = write.set["by"]

    simulation.store.on_applied.append(once_only)
    objects = MemoryObjects("http://objects", b"k" * 32, now=simulation.loop.time)
    operator = simulation.process("operator")
    bus = simulation.backends(operator, objects).bus
    await bus.declare(JOBS)
    await simulation.store.documents.write([Insert("jobs", {"_id": str(n), "state": "new"}) for n in range(COUNT)])
    simulation.store.faults, simulation.broker.faults = (
        StoreFaults.draw(simulation.random),
        BusFaults.draw(simulation.random),
    )
    workers = [simulation.process(f"worker-{number}") for number in range(3)]
    for process in workers:
        process.start(worker(simulation.backends(process, objects), fence))
    for _ in range(20):
        await asyncio.sleep(simulation.random.uniform(0, 3))
        await trouble(simulation, simulation.random.choice(workers))
        await retried(lambda: bus.publish(to("jobs", *range(COUNT)), confirm=True))
    simulation.calm()
    fresh = simulation.process("fresh")
    fresh.start(worker(simulation.backends(fresh, objects), fence))
    while len(done) < COUNT:
        await retried(lambda: bus.publish(to("jobs", *(n for n in range(COUNT) if str(n) not in done)), confirm=True))
        await asyncio.sleep(20)
    return simulation.trace.digest()


async def trouble(simulation: Simulation, process: SimulatedProcess) -> None:
    match simulation.random.randrange(8):
        case 0:
            process.pause(simulation.random.uniform(0, 40))
        case 1:
            process.cut_off(simulation.random.uniform(0, 40))
        case 2:
            process.kill()
        case 3:
            simulation.broker.restart()
        case 4:
            simulation.broker.wipe()
        case 5:
            simulation.store.outage(simulation.random.uniform(0, 20))
        case _:
            pass


def digest_of(seed: int) -> str:
    return Simulation(seed, MemoryDocuments()).run(scenario)


@pytest.mark.parametrize("seed", range(30))
def test_a_protocol_of_doorbells_and_compare_and_set_survives_everything(seed: int) -> None:
    assert digest_of(seed)


def test_without_its_fence_it_does_not() -> None:
    def some_seeds() -> None:
        for seed in range(10):
            Simulation(seed, MemoryDocuments()).run(partial(scenario, fence={}))

    with pytest.raises(AssertionError, match="is done twice"):
        some_seeds()


def test_the_same_seed_gives_the_same_trace_under_any_hash_seed() -> None:
    script = "from tests.chaos.test_simulation_world import digest_of; print([digest_of(seed) for seed in range(6)])"
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "12345")
    }
    assert told == {f"{[digest_of(seed) for seed in range(6)]}\n".encode()}


def test_different_seeds_tell_different_stories() -> None:
    assert len({digest_of(seed) for seed in range(5)}) == 5


def test_what_breaks_ends_the_simulation_with_its_seed_and_its_story() -> None:
    async def broken(simulation: Simulation) -> None:
        def never(*_: object) -> None:
            raise AssertionError("an invariant is broken")

        simulation.store.on_applied.append(never)
        process = simulation.process("p")
        await simulation.store.of(process).write([Insert("jobs", {"_id": "1"})])

    with pytest.raises(AssertionError, match="an invariant is broken") as caught:
        Simulation(7, MemoryDocuments()).run(broken)
    assert "seed 7" in caught.value.__notes__[0]


def test_a_process_that_fails_ends_the_simulation() -> None:
    async def fail() -> None:
        await asyncio.sleep(1)
        raise KeyError("a bug")

    async def failing(simulation: Simulation) -> None:
        simulation.process("p").start(fail())
        await asyncio.sleep(100)

    with pytest.raises(KeyError, match="a bug"):
        Simulation(1, MemoryDocuments()).run(failing)


def test_a_scenario_that_waits_for_nothing_is_a_deadlock() -> None:
    async def stuck(_: Simulation) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="scenario"):
        Simulation(1, MemoryDocuments()).run(stuck)
