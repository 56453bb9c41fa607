"""The instrument itself: virtual time, one order for one seed, processes that die and stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from random import Random
from typing import Any, TypeVar

import pytest

from plynx_common.testing.simulation.loop import Deadlock, Livelock, SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.trace import Trace

T = TypeVar("T")


@pytest.fixture
def loop() -> Iterator[SimulatedLoop]:
    loop = SimulatedLoop(1)
    yield loop
    loop.close()


def run(loop: SimulatedLoop, main: Coroutine[Any, Any, T]) -> T:
    return loop.run_until_complete(main)


def test_hours_pass_in_no_time(loop: SimulatedLoop) -> None:
    async def main() -> float:
        async with asyncio.timeout(50_000):
            await asyncio.sleep(36_000)
        return loop.time()

    assert run(loop, main()) == 36_000


def test_timers_fire_in_the_order_of_their_times(loop: SimulatedLoop) -> None:
    async def main() -> list[int]:
        order: list[int] = []
        for seconds in (3, 1, 2):
            loop.call_later(seconds, order.append, seconds)
        await asyncio.sleep(5)
        return order

    assert run(loop, main()) == [1, 2, 3]


def order_of_tasks(seed: int) -> list[int]:
    loop, order = SimulatedLoop(seed), list[int]()

    async def step(number: int) -> None:
        await asyncio.sleep(0)
        order.append(number)

    async def main() -> None:
        await asyncio.gather(*(step(number) for number in range(8)))

    loop.run_until_complete(main())
    loop.close()
    return order


def test_the_seed_decides_the_order_of_what_is_ready() -> None:
    orders = [order_of_tasks(seed) for seed in range(20)]
    assert orders == [order_of_tasks(seed) for seed in range(20)]
    assert len({tuple(order) for order in orders}) > 5
    assert list(range(8)) in orders


def test_sets_of_tasks_have_the_same_order_in_every_run() -> None:
    def cancelled_in_order() -> list[int]:
        loop, order = SimulatedLoop(3), list[int]()

        async def wait(number: int) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                order.append(number)

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(wait(number))
                await asyncio.sleep(1)
                raise ValueError("all are cancelled")

        with pytest.raises(ExceptionGroup):
            loop.run_until_complete(main())
        loop.close()
        return order

    ballast = [object() for _ in range(1000)]
    first = cancelled_in_order()
    ballast.append([object() for _ in range(1000)])
    assert first == cancelled_in_order()


def test_who_waits_for_ever_is_named(loop: SimulatedLoop) -> None:
    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    task = loop.create_task(wait_for_nothing(), name="the waiting one")
    with pytest.raises(Deadlock, match="the waiting one"):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)


def test_spinning_without_time_is_noticed(loop: SimulatedLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plynx_common.testing.simulation.loop.STEPS_WITHOUT_TIME", 1000)
    stop = False

    async def spin() -> None:
        while not stop:  # noqa: ASYNC110 (spinning is what it is about)
            await asyncio.sleep(0)

    task = loop.create_task(spin())
    with pytest.raises(Livelock):
        loop.run_until_complete(task)
    stop = True
    monkeypatch.undo()
    loop.run_until_complete(asyncio.wait([task]))


def test_there_are_no_threads(loop: SimulatedLoop) -> None:
    async def main() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="no threads"):
        run(loop, main())


class Ticker:
    """Counts once a second, in a process."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self.ticks: list[float] = []
        self.farewells = 0
        self.loop = loop
        self.process = SimulatedProcess("ticker", loop, Random(1), Trace(loop.time))
        self.task = self.process.start(self._run())

    async def _run(self) -> None:
        try:
            while True:
                await asyncio.sleep(1)
                await asyncio.create_task(self._tick())
        finally:
            self.farewells += 1

    async def _tick(self) -> None:
        self.ticks.append(self.loop.time())


def test_a_paused_process_does_nothing_and_then_goes_on_late(loop: SimulatedLoop) -> None:
    async def main() -> list[float]:
        ticker = Ticker(loop)
        await asyncio.sleep(2.5)
        ticker.process.pause(10)
        await asyncio.sleep(12)
        ticker.task.cancel()
        return ticker.ticks

    assert run(loop, main()) == [1, 2, 12.5, 13.5]


def test_a_killed_process_does_nothing_ever_again_until_it_is_buried(loop: SimulatedLoop) -> None:
    async def main() -> None:
        ticker, other = Ticker(loop), Ticker(loop)
        noticed: list[float] = []
        ticker.process.on_death.append(lambda: noticed.append(loop.time()))
        await asyncio.sleep(2.5)
        ticker.process.kill()
        ticker.process.kill()
        await asyncio.sleep(3)
        assert (ticker.ticks, ticker.farewells, noticed) == ([1, 2], 0, [2.5])
        assert len(other.ticks) == 5
        ticker.process.bury()
        other.process.bury()
        await asyncio.sleep(1)
        assert (ticker.farewells, other.farewells) == (1, 1)

    run(loop, main())
    assert loop.open_tasks() == []


def test_clocks_of_processes_disagree_about_utc_and_agree_about_durations(loop: SimulatedLoop) -> None:
    clocks = [SimulatedProcess("p", loop, Random(seed), Trace(loop.time)).clock for seed in range(5)]

    async def main() -> None:
        before = [clock.monotonic() for clock in clocks]
        await clocks[0].sleep(7)
        assert [clock.monotonic() - start for clock, start in zip(clocks, before, strict=True)] == pytest.approx(
            [7] * 5
        )
        assert len({clock.now() for clock in clocks}) == 5

    run(loop, main())
