"""The test kit's clock, names and waiting."""

from __future__ import annotations

import asyncio

import pytest

from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import START, FakeClock, FakeIds


async def test_sleepers_wake_in_the_order_of_their_times_and_each_sees_its_own_time() -> None:
    clock, woken = FakeClock(), list[tuple[str, float]]()

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    tasks = [asyncio.create_task(sleep(name, seconds)) for name, seconds in [("c", 3), ("a", 1), ("b", 1), ("d", 9)]]
    await clock.advance(5)
    assert woken == [("a", 1), ("b", 1), ("c", 3)]
    assert clock.sleeping == 1
    assert (clock.now() - START).total_seconds() == 5
    await clock.advance(4)
    await asyncio.gather(*tasks)


async def test_who_sleeps_again_is_woken_again_within_one_advance() -> None:
    clock, ticks = FakeClock(), list[float]()

    async def tick() -> None:
        while True:
            await clock.sleep(2)
            ticks.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await clock.advance(7)
    assert ticks == [2, 4, 6]
    task.cancel()


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = FakeClock()
    task = asyncio.create_task(clock.sleep(1))
    await clock.advance(0)
    task.cancel()
    await clock.advance(2)
    assert clock.sleeping == 0


def test_the_same_seed_gives_the_same_names() -> None:
    first, second = FakeIds(1), FakeIds(1)
    names = [first.new("run-") for _ in range(3)]
    assert names == [second.new("run-") for _ in range(3)]
    assert len(set(names)) == 3
    assert FakeIds(2).new("run-") not in names


async def test_eventually_gives_the_first_answer_that_is_one() -> None:
    answers = iter([0, None, "", "yes"])
    assert await eventually(lambda: next(answers), every=0) == "yes"


async def test_eventually_says_what_was_waited_for_and_what_was_so_at_last() -> None:
    def probe() -> bool:
        raise AssertionError("two of three")

    with pytest.raises(AssertionError, match=r"all nodes end: still not so after 0\.05 s; at last: two of three"):
        await eventually(probe, within=0.05, story="all nodes end")
    probes = [False]
    with pytest.raises(AssertionError, match=r"probes\[0\].*False"):
        await eventually(lambda: probes[0], within=0.01)
