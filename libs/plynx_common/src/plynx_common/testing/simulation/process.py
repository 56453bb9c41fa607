"""A simulated process: it may be killed, paused, or cut off from store and bus, and forgets everything when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import datetime, timedelta
from random import Random
from typing import Any

from plynx_common.testing.simulation.loop import OWNER, SimulatedLoop
from plynx_common.testing.simulation.trace import Trace

START = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
MOST_SKEW = 180.0
"""Seconds that the UTC clock of a process may be wrong by."""


class SimulatedClock:
    """Of one process: its UTC is skewed, and its monotonic time starts anywhere."""

    def __init__(self, loop: SimulatedLoop, random: Random) -> None:
        self._loop = loop
        self._skew = timedelta(seconds=random.uniform(-MOST_SKEW, MOST_SKEW))
        self._start = random.uniform(0, 1e6)

    def now(self) -> datetime:
        return START + self._skew + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._start + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimulatedIds:
    def __init__(self, random: Random) -> None:
        self._random = random

    def new(self, prefix: str = "") -> str:
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def jitter(self) -> float:
        return self._random.random()


class SimulatedProcess:
    """One incarnation; a restarted program is a new process with the same name."""

    def __init__(self, name: str, loop: SimulatedLoop, random: Random, trace: Trace) -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.reaches_store = True
        self.reaches_bus = True
        self.clock = SimulatedClock(loop, random)
        self.ids = SimulatedIds(random)
        self.on_death: list[Callable[[], None]] = []
        """What others notice: connections break, scripts lose their guardian."""
        self.on_silence: list[Callable[[float], None]] = []
        """Called with the seconds that nothing will be heard of it: paused, or cut off from the bus."""
        self.on_return: list[Callable[[], None]] = []
        self._buried = False
        self._held: list[asyncio.Handle] = []
        self._loop = loop
        self._trace = trace

    def __str__(self) -> str:
        return self.name

    @property
    def runs(self) -> bool:
        return (self.alive and not self.paused) or self._buried

    def hold(self, handle: asyncio.Handle) -> None:
        self._held.append(handle)

    def context(self) -> Context:
        """Where everything of this process runs."""
        context = Context()
        context.run(OWNER.set, self)
        return context

    def start(self, main: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Runs the coroutine as part of this process; what it raises ends the simulation."""
        self._trace.note("start", self)
        task = self._loop.create_task(main, name=name or self.name, context=self.context())
        task.add_done_callback(self._ended, context=Context())
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if self.alive and not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": f"process {self} failed", "exception": error})

    def pause(self, seconds: float) -> None:
        """Not one of its callbacks runs for so long; then all that were due do, with stale decisions."""
        if self.alive and not self.paused:
            self._trace.note("pause", self, f"{seconds:.3f}")
            self.paused = True
            self._loop.call_later(seconds, self._resume, context=Context())
            for notice in self.on_silence:
                notice(seconds)

    def _resume(self) -> None:
        self.paused = False
        if self.alive:
            self._trace.note("resume", self)
            self._let_go()

    def kill(self) -> None:
        """As by SIGKILL: nothing of it ever runs again, no `finally`, no farewell; memory is lost."""
        if self.alive:
            self._trace.note("kill", self)
            self.alive = False
            for notice in self.on_death:
                notice()

    def cut_off(self, seconds: float, *, store: bool = True, bus: bool = True) -> None:
        """It runs on, but what it calls does not answer."""
        self._trace.note("cut", self, f"{seconds:.3f}", "store" if store else "", "bus" if bus else "")
        self.reaches_store = self.reaches_store and not store
        self._loop.call_later(seconds, self._reconnect, context=Context())
        if bus and self.reaches_bus:
            self.reaches_bus = False
            for notice in self.on_silence:
                notice(seconds)

    def _reconnect(self) -> None:
        self.reaches_store = self.reaches_bus = True
        for notice in self.on_return:
            notice()

    def bury(self) -> None:
        """After the end: unwinds what is left, so that no task is destroyed pending; it reaches nothing by then."""
        self.alive = False
        self._buried = True
        for task in self._loop.tasks_of(self):
            task.cancel()
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        self._loop.requeue(held)
