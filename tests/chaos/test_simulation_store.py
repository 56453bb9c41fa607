"""The simulated store: as in memory while it is calm; failing before, after, in the middle, slowly or for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, TypeVar

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.interfaces.documents import CompareAndSet, Insert, Outcome
from plynx_common.testing.simulation.loop import SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.store import SimulatedStore, StoreConnection, StoreFaults
from plynx_common.testing.simulation.trace import Trace

T = TypeVar("T")
Scenario = Callable[[SimulatedStore, SimulatedProcess], Coroutine[Any, Any, T]]


def simulated(scenario: Scenario[T], faults: StoreFaults, seed: int = 1) -> T:
    loop = SimulatedLoop(seed)
    trace = Trace(loop.time)
    store = SimulatedStore(MemoryDocuments(), loop, seed, trace)
    store.faults = faults
    try:
        return loop.run_until_complete(scenario(store, SimulatedProcess("p", loop, Random(seed), trace)))
    finally:
        loop.close()


def inserts(count: int, start: int = 0) -> list[Insert]:
    return [Insert("things", {"_id": f"t{number:03}", "n": number}) for number in range(start, start + count)]


async def stored(store: SimulatedStore) -> int:
    return await store.documents.count("things", {})


def test_the_calm_store_stores_and_finds() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        documents = store.of(process)
        assert await documents.write(inserts(2)) == [Outcome.STORED] * 2
        assert await documents.write(inserts(1)) == [Outcome.MISSED]
        assert await documents.write([]) == []
        assert await documents.write([CompareAndSet("things", "t000", {"n": 0}, {"n": 9})]) == [Outcome.STORED]
        assert await documents.get("things", "t000") == {"_id": "t000", "n": 9}
        assert [found["_id"] for found in await documents.find("things", {"n": 1}, limit=5)] == ["t001"]
        assert await documents.count("things", {}) == 2
        assert not store.injected

    simulated(scenario, StoreFaults())


def test_what_failed_before_was_not_applied() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        with pytest.raises(StoreUnavailable):
            await store.of(process).write(inserts(2))
        with pytest.raises(StoreUnavailable):
            await store.of(process).get("things", "t000")
        assert await stored(store) == 0

    simulated(scenario, StoreFaults(fail_before=1))


def test_what_failed_after_was_applied_and_its_outcome_is_unknown() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        assert await store.of(process).write(inserts(2)) == [Outcome.UNKNOWN] * 2
        with pytest.raises(StoreUnavailable):
            await store.of(process).get("things", "t000")
        assert await stored(store) == 2

    simulated(scenario, StoreFaults(fail_after=1))


def test_a_bulk_is_cut_anywhere() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> list[int]:
        counts: list[int] = []
        for start in range(0, 200, 10):
            before = await stored(store)
            assert await store.of(process).write(inserts(10, start)) == [Outcome.UNKNOWN] * 10
            counts.append(await stored(store) - before)
        return counts

    counts = simulated(scenario, StoreFaults(cut=1))
    assert set(counts) <= set(range(10))
    assert len(set(counts)) > 4


def test_a_slow_call_is_applied_even_if_its_caller_gives_up_or_dies() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await store.of(process).write(inserts(1))
        process.start(write(store.of(process), 1))
        await asyncio.sleep(0.01)
        process.kill()
        await asyncio.sleep(100)
        assert await stored(store) == 2
        process.bury()
        await asyncio.sleep(1)

    async def write(documents: StoreConnection, start: int) -> None:
        await documents.write(inserts(1, start))
        raise AssertionError("the dead do not speak")

    simulated(scenario, StoreFaults(slow=1), seed=4)


def test_in_an_outage_nobody_gets_an_answer_and_afterwards_everybody_does() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        store.outage(25)
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="10 s"):
                await store.of(process).write(inserts(1))
        assert store.loop.time() == 30
        assert await store.of(process).write(inserts(1)) == [Outcome.STORED]

    simulated(scenario, StoreFaults())


def test_who_is_cut_off_is_alone_with_it() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        other = SimulatedProcess("q", store.loop, Random(2), store.trace)
        process.cut_off(5, bus=False)
        assert await store.of(other).write(inserts(1)) == [Outcome.STORED]
        with pytest.raises(StoreUnavailable):
            await store.of(process).get("things", "t000")
        assert await store.of(process).get("things", "t000") is not None

    simulated(scenario, StoreFaults())


def test_invariants_see_every_applied_bulk_before_anybody_is_told() -> None:
    async def scenario(store: SimulatedStore, process: SimulatedProcess) -> None:
        seen: list[tuple[int, list[Outcome]]] = []
        store.on_applied.append(lambda batch, outcomes: seen.append((len(batch), list(outcomes))))
        await store.of(process).write(inserts(2))
        assert seen == [(2, [Outcome.STORED] * 2)]

    simulated(scenario, StoreFaults(fail_after=1))
