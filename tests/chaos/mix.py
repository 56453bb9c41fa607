"""What one seed is made of: its parts, its load, and the faults that it knows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from plynx_common.domain.graph import Graph
from plynx_common.domain.run import FailurePolicy
from plynx_common.testing.simulation.bus import BusFaults
from plynx_common.testing.simulation.store import StoreFaults
from tests.chaos.shapes import MOST_CPU, SECOND_POOL, draw_graph

TROUBLES = (
    "crash worker",
    "crash scheduler",
    "crash storage",
    "stop worker",
    "stop scheduler",
    "pause worker",
    "pause scheduler",
    "cut off worker",
    "cut off scheduler",
    "store outage",
    "broker restart",
    "broker wipe",
    "artifact gone",
)
KINDS = (*TROUBLES, "store faults", "bus faults", "failures", "cancels")
"""What can be switched off, to find out what a failing seed needs."""
OVERLAPPING = 0.2
"""Share of the seeds with two schedulers in which both own everything."""
SPARING = 0.2
"""Share of the seeds in which no worker suffers: nothing that runs may be lost then."""
REUSING = 0.4
"""Share of the runs that take results from an earlier one."""
LATER = 60.0
"""Seconds after the run that it takes results from, at most."""
FIRST_POOL = "default"
FAULTLESS = 0.15
"""Share of the seeds in which nothing fails."""


@dataclass(frozen=True, slots=True)
class Load:
    """A run to be submitted."""

    graph: Graph
    at: float
    policy: FailurePolicy
    priority: int
    cancel_after: float | None
    force: bool
    reuse: tuple[int, str] | None = None
    """Number of the run that results are taken from, and the node from which on it is executed."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker offers."""

    slots: int
    cpu: float
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    seed: int
    is_faultless: bool
    lease: Literal["shared", "exclusive"]
    """exclusive: each scheduler owns everything. Two of those own the same, and must not do any harm."""
    schedulers: int
    workers: tuple[Place, ...]
    is_tight: bool
    """Slices, bulks and batches hold two or three of what they hold hundreds of."""
    partitions: int
    loads: tuple[Load, ...]
    longest: float
    """Seconds that a script may take."""
    failing: float
    """Share of the executions that fail."""
    troubles: tuple[str, ...]
    every: float
    """Seconds between troubles, on average."""
    window: float
    """Seconds in which there are faults."""
    store: StoreFaults
    bus: BusFaults

    @property
    def spares_workers(self) -> bool:
        return not any(kind.endswith(" worker") for kind in self.troubles)

    def without(self, kinds: Collection[str]) -> Mix:
        """The same seed with some kinds of fault switched off."""
        return replace(
            self,
            troubles=tuple(kind for kind in self.troubles if kind not in kinds),
            store=StoreFaults(usual=self.store.usual) if "store faults" in kinds else self.store,
            bus=BusFaults(usual=self.bus.usual) if "bus faults" in kinds else self.bus,
            failing=0.0 if "failures" in kinds else self.failing,
            loads=tuple(replace(load, cancel_after=None) for load in self.loads) if "cancels" in kinds else self.loads,
        )


def draw_mix(seed: int) -> Mix:
    random = Random(f"mix {seed}")
    is_faultless = random.random() < FAULTLESS
    window = random.choice([30.0, 90.0, 150.0])
    schedulers = random.choice([1, 2, 2])
    mix = Mix(
        seed=seed,
        is_faultless=is_faultless,
        lease=_lease(random, schedulers, 0.0 if is_faultless else OVERLAPPING),
        schedulers=schedulers,
        workers=tuple(_place(random, number) for number in range(random.randint(1, 4))),
        is_tight=random.random() < 0.25,
        partitions=random.randint(1, 4),
        loads=_reusing(_loads(random, 10.0 if is_faultless else window), Random(f"reuse {seed}")),
        longest=random.choice([0.0, 1.0, 10.0, 30.0, 60.0]),
        failing=random.choice([0.0, 0.0, 0.1, 0.3]),
        troubles=() if is_faultless else tuple(kind for kind in TROUBLES if random.random() < 0.4),
        every=random.choice([2.0, 5.0, 15.0]),
        window=0.0 if is_faultless else window,
        store=StoreFaults() if is_faultless else StoreFaults.draw(random),
        bus=BusFaults() if is_faultless else BusFaults.draw(random),
    )
    return mix.without([kind for kind in TROUBLES if kind.endswith(" worker")]) if random.random() < SPARING else mix


def _place(random: Random, number: int) -> Place:
    """The first serves everything, so that nothing waits for ever."""
    slots = random.randint(1, 3)
    if number == 0:
        return Place(slots, MOST_CPU, (FIRST_POOL, SECOND_POOL))
    pools = random.choice([(FIRST_POOL,), (FIRST_POOL,), (SECOND_POOL,), (FIRST_POOL, SECOND_POOL)])
    return Place(slots, random.choice([0.0, MOST_CPU / 2, MOST_CPU]), pools)


def _lease(random: Random, schedulers: int, overlapping: float) -> Literal["shared", "exclusive"]:
    return "exclusive" if random.random() < (0.6 if schedulers == 1 else overlapping) else "shared"


def _loads(random: Random, window: float) -> tuple[Load, ...]:
    graphs = [draw_graph(random, random.choice([0, 0, 1, 3])) for _ in range(random.randint(1, 2))]
    cancelling = random.choice([0.0, 0.0, 0.3])
    return tuple(
        Load(
            graph=random.choice(graphs),
            at=random.uniform(0, window * 0.8),
            policy=random.choice(["continue", "continue", "finish_running", "fail_fast"]),
            priority=random.choice([0, 0, 5]),
            cancel_after=random.uniform(0, 40) if random.random() < cancelling else None,
            force=random.random() < 0.2,
        )
        for _ in range(random.randint(1, 4))
    )


def _reusing(loads: tuple[Load, ...], random: Random) -> tuple[Load, ...]:
    """Of a run of the same graph, that has ended or goes on; seldom of any, which may not exist yet."""
    found: list[Load] = []
    for load in loads:
        if random.random() >= REUSING:
            found.append(load)
            continue
        number = random.randrange(len(loads))
        origin = loads[number]
        is_alike = random.random() < 0.8
        graph = origin.graph if is_alike else load.graph
        at = origin.at + random.uniform(0, LATER) if is_alike else load.at
        found.append(replace(load, graph=graph, at=at, reuse=(number, random.choice(graph.nodes).id)))
    return tuple(found)
