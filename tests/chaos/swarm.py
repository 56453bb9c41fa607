"""The scenario of a seed: load and faults, then a calm tail, then the oracle."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import Conflict, Unavailable
from plynx_common.domain.ids import partition_of
from plynx_common.domain.run import Run
from plynx_common.interfaces.bus import MessageBus, Outgoing
from plynx_common.messages import routes
from plynx_common.messages.runs import RunLook
from plynx_common.repositories.runs import Runs
from plynx_common.testing.simulation.world import Simulation
from plynx_scheduler import expansion, inbox, memory, restoring, reusing, round, sweep
from tests.chaos import oracle
from tests.chaos.logs import listening
from tests.chaos.mix import Load, Mix, draw_mix
from tests.chaos.platform import Platform
from tests.chaos.troubles import make_trouble

T = TypeVar("T")

PATIENCE = 1500.0
"""Virtual seconds without faults in which everything must end."""
TIGHT = (
    (memory, "SLICE"),
    (sweep, "ROTATED"),
    (sweep, "AT_ONCE"),
    (inbox, "BATCH"),
    (restoring, "VERIFY_LIMIT"),
    (expansion, "VERIFY_LIMIT"),
    (reusing, "READ_LIMIT"),
)
QUIET = 40.0
"""Virtual seconds in which what is left over is cleared away."""


@dataclass(frozen=True, slots=True)
class Story:
    """How a seed ended."""

    seed: int
    digest: str
    kinds: Counter[str]
    """Faults by kind."""
    runs: int
    executions: int
    lasted: float
    """Virtual seconds."""
    tail: float
    """Those after the faults had stopped, until all runs had ended."""

    @property
    def faults(self) -> int:
        return self.kinds.total()


def play(seed: int, without: Collection[str] = (), tell: Callable[[str], object] | None = None) -> Story:
    """Raises what broke, with the seed and the last lines of its trace; `tell` gets the whole of it."""
    mix = draw_mix(seed).without(without)
    simulation = Simulation(seed, MemoryDocuments())
    try:
        with listening(simulation), tightened(is_tight=mix.is_tight):
            return simulation.run(lambda world: _scenario(world, mix))
    except BaseException as error:
        error.add_note(f"replay it: pytest tests/chaos --seed {seed}")
        raise
    finally:
        if tell is not None:
            tell(f"{mix}\n{simulation.trace}\n")


async def _scenario(simulation: Simulation, mix: Mix) -> Story:
    platform = Platform(simulation, mix)
    operator = Operator(platform)
    simulation.store.faults, simulation.broker.faults = mix.store, mix.bus
    for program in platform.programs:
        platform.again(program, after=simulation.random.uniform(0, 2))
    load = [
        simulation.loop.create_task(operator.submit(n, load), context=Context()) for n, load in enumerate(mix.loads)
    ]
    await _faults(platform)
    await asyncio.gather(*load)
    calm_since = simulation.loop.time()
    while platform.watch.open_runs() and simulation.loop.time() < calm_since + PATIENCE:  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    tail = simulation.loop.time() - calm_since
    if platform.watch.open_runs():
        platform.watch.check_end()
    platform.repeat_all()
    await asyncio.sleep(QUIET)
    oracle.check(platform)
    return Story(
        seed=mix.seed,
        digest=simulation.trace.digest(),
        kinds=simulation.injected + platform.troubles,
        runs=len(platform.watch.runs),
        executions=len(platform.ledger.executions),
        lasted=simulation.loop.time(),
        tail=tail,
    )


async def _faults(platform: Platform) -> None:
    simulation, mix = platform.simulation, platform.mix
    random = Random(f"troubles {mix.seed}")
    ends_at = simulation.loop.time() + mix.window
    while simulation.loop.time() < ends_at:
        await asyncio.sleep(random.expovariate(1 / mix.every))
        if mix.troubles and simulation.loop.time() < ends_at:
            make_trouble(platform, random.choice(mix.troubles), random)
    simulation.calm()


@contextmanager
def tightened(*, is_tight: bool) -> Generator[None]:
    """What a graph of thousands meets, with a graph of ten."""
    with pytest.MonkeyPatch.context() as patch:
        if is_tight:
            for module, limit in TIGHT:
                patch.setattr(module, limit, 2)
            patch.setattr(round, "BULK_LIMIT", 3)
        yield


class Operator:
    """Stands for the api: inserts runs, cancels them, rings the doorbell, and tries again where it got no answer."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        process = platform.simulation.process("operator")
        backends = platform.simulation.backends(process, platform.objects)
        self._clock = backends.clock
        self._bus: MessageBus = backends.bus
        self._runs = Runs(backends.documents)

    async def submit(self, number: int, load: Load) -> None:
        await asyncio.sleep(load.at)
        id = f"r{number}"
        run = Run(
            id=id,
            partition=partition_of(id, self._platform.mix.partitions),
            team="default",
            graph=load.graph.model_dump(mode="json", by_alias=True),
            failure_policy=load.policy,
            priority=load.priority,
            force=load.force,
            from_run=load.reuse and f"r{load.reuse[0]}",
            from_node=(load.reuse[1],) if load.reuse else (),
            created_at=self._clock.now(),
        )
        await _insisting(lambda: self._runs.insert(run))
        await self._ring(run)
        if load.cancel_after is not None:
            await asyncio.sleep(load.cancel_after)
            await _insisting(lambda: self._runs.request_cancel("default", id))
            await self._ring(run)

    async def _ring(self, run: Run) -> None:
        look = RunLook(run=run.id, partition=run.partition)
        try:
            await self._bus.publish([Outgoing(look, routes.CALLS, routes.calls_key(run.partition))])
        except Unavailable:
            self._platform.simulation.trace.note("not rung", run.id)


async def _insisting(act: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await act()
        except (Unavailable, Conflict):
            await asyncio.sleep(1)
