"""Time and names that a test owns: `await clock.advance(5)` instead of waiting, the same names from the same seed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, cast

START = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_STEPS = 100_000


class FakeClock:
    """Stands still until it is advanced."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._sleeps = 0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._sleeps += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self._elapsed + seconds, self._sleeps, woken))
        await woken

    @property
    def sleeping(self) -> int:
        """How many wait for this clock."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Wakes who is due, one after the other in the order of their times; between two, everything else runs until
        nothing is left to do. Those who go to sleep meanwhile are woken too, if they are due.
        """
        until = self._elapsed + seconds
        await run_until_idle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heappop(self._sleepers)
            if woken.done():
                continue  # cancelled
            self._elapsed = max(self._elapsed, due)
            woken.set_result(None)
            await run_until_idle()
        self._elapsed = until
        await run_until_idle()


async def run_until_idle() -> None:
    """Lets the loop run until only timers, files and sockets are left to wait for."""
    ready = cast("Any", asyncio.get_running_loop())._ready  # noqa: SLF001 (asyncio has no public way to ask)
    for _ in range(_MOST_STEPS):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError(f"the loop is still busy after {_MOST_STEPS} rounds: something spins without waiting")


class FakeIds:
    """Deterministic names: the same seed gives the same ones in the same order."""

    def __init__(self, seed: int | str = 0) -> None:
        self._random = Random(seed)

    def new(self, prefix: str = "") -> str:
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def jitter(self) -> float:
        return self._random.random()
