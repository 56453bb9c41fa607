"""One simulated platform: a seed, a loop, a store, a broker, and the processes that a scenario starts in it."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any, TypeVar

from plynx_common.interfaces.documents import DocumentStore
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.runtime.backends import Backends
from plynx_common.testing.simulation import bus, store
from plynx_common.testing.simulation.bus import SimulatedBroker
from plynx_common.testing.simulation.loop import Livelock, SimulatedLoop
from plynx_common.testing.simulation.process import SimulatedProcess
from plynx_common.testing.simulation.store import SimulatedStore
from plynx_common.testing.simulation.trace import Trace

T = TypeVar("T")

BURIAL_STEPS = 100_000


class Simulation:
    """What a scenario works with; `random` is its own, every other part draws from a stream of its own."""

    def __init__(self, seed: int | str, documents: DocumentStore) -> None:
        self.seed = seed
        self.random = Random(f"scenario {seed}")
        self.loop = SimulatedLoop(seed)
        self.trace = Trace(self.loop.time)
        self.store = SimulatedStore(documents, self.loop, seed, self.trace)
        self.broker = SimulatedBroker(self.loop, seed, self.trace)
        self.processes: list[SimulatedProcess] = []
        self.errors: list[str] = []
        """What the loop was told of: callbacks that raised, invariants that broke, errors that nobody looked at."""
        self._alarm: asyncio.Future[None] = self.loop.create_future()
        self.loop.set_exception_handler(self._heard)

    @property
    def injected(self) -> Counter[str]:
        """Faults so far, by kind."""
        return self.store.injected + self.broker.injected

    def process(self, name: str) -> SimulatedProcess:
        """A fresh incarnation."""
        number = len(self.processes)
        process = SimulatedProcess(name, self.loop, Random(f"process {number} {name} {self.seed}"), self.trace)
        self.processes.append(process)
        return process

    def backends(self, process: SimulatedProcess, objects: ObjectStore) -> Backends:
        """How this process reaches the world."""
        return Backends(self.broker.connect(process), self.store.of(process), objects, process.clock, process.ids)

    def calm(self) -> None:
        """From now on nothing fails any more; what has failed stays so until it heals by itself."""
        self.trace.note("calm")
        self.store.faults = store.CALM
        self.broker.faults = bus.CALM

    def checked(self, check: Callable[[], None]) -> None:
        """A broken invariant ends the simulation, instead of what noticed it."""
        try:
            check()
        except AssertionError as error:
            self.loop.call_exception_handler({"message": str(error), "exception": error})

    async def until(self, holds: Callable[[], bool], *, within: float, story: str, every: float = 0.5) -> None:
        """Waits in virtual time."""
        deadline = self.loop.time() + within
        while not holds():
            if self.loop.time() >= deadline:
                raise AssertionError(f"{story}: still not so after {within:g} s")
            await asyncio.sleep(every)

    def run(self, scenario: Callable[[Simulation], Coroutine[Any, Any, T]]) -> T:
        """Runs the scenario to its end and buries what is left; raises what broke, with seed and last lines."""
        collected = gc.isenabled()
        gc.disable()  # a collection would run finalizers at a moment that depends on the machine
        try:
            return self.loop.run_until_complete(self._main(scenario))
        except BaseException as error:
            error.add_note(self._story())
            raise
        finally:
            self._bury()
            self.loop.close()
            if collected:
                gc.enable()

    async def _main(self, scenario: Callable[[Simulation], Coroutine[Any, Any, T]]) -> T:
        played = self.loop.create_task(scenario(self), name="scenario")
        await asyncio.wait([played, self._alarm], return_when=asyncio.FIRST_COMPLETED)
        if self._alarm.done():
            played.cancel()
            self._alarm.result()
        return await played

    def _heard(self, _: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.errors.append(f"{context['message']}: {error!r}")
        if not self._alarm.done():
            self._alarm.set_exception(error if error is not None else AssertionError(context["message"]))

    def _bury(self) -> None:
        self.loop.set_exception_handler(lambda _, __: None)
        self._alarm.cancel()
        for process in self.processes:
            process.bury()
        for task in self.loop.tasks_of(None):
            task.cancel()
        with suppress(Livelock):
            self.loop.run_until_complete(self._unwound(self.loop.steps + BURIAL_STEPS))

    async def _unwound(self, limit: int) -> None:
        me = asyncio.current_task()
        while self.loop.steps < limit and any(task is not me for task in self.loop.open_tasks()):  # noqa: ASYNC110
            await asyncio.sleep(1)

    def _story(self) -> str:
        last = "\n".join(list(self.trace.lines)[-40:])
        faults, now = self.injected.total(), self.loop.time()
        return f"seed {self.seed}, {faults} faults, at {now:.3f} s; the last that happened:\n{last}"
