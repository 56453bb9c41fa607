"""One workload measured: on the platform with a cold cache, and by `make` beside it."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.benchmarks import processes
from tests.benchmarks.making import make, run_make
from tests.benchmarks.rest import Counters, Platform
from tests.benchmarks.workloads import Links, Markers, Shape, graph_document


@dataclass(frozen=True, slots=True)
class Sample:
    """One repetition."""

    seconds: float
    """From before the submission until the run's end is known to the client."""
    counters: Counters
    cpu_seconds: float | None = None
    """Of all processes of the platform, scripts included; `None` where they are not ours to look at."""
    peak_memory: int | None = None
    others: float | None = None
    """Share of the machine's cores that neither platform nor client used, but somebody else: what blurs the rest."""
    make_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    workload: str
    title: str
    links: Links
    nodes: int
    samples: list[Sample] = field(default_factory=list[Sample])

    def median(self, of: Callable[[Sample], float | None]) -> float | None:
        values = [value for value in map(of, self.samples) if value is not None]
        return statistics.median(values) if values else None

    @property
    def seconds(self) -> float:
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def make_seconds(self) -> float:
        return statistics.median(sample.make_seconds for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Usage:
    """Wall clock, and seconds of CPU: of the platform, of this client, of everything on the machine."""

    seconds: float
    platform: float | None
    client: float
    machine: float

    @classmethod
    def now(cls, pids: Sequence[int]) -> Usage:
        platform = processes.cpu_seconds(*pids) if pids else None
        return cls(time.perf_counter(), platform, time.process_time(), processes.busy_seconds())

    def since(self, start: Usage) -> Usage:
        platform = None if self.platform is None else self.platform - (start.platform or 0.0)
        seconds, client = self.seconds - start.seconds, self.client - start.client
        return Usage(seconds, platform, client, self.machine - start.machine)

    @property
    def others(self) -> float | None:
        if self.platform is None:
            return None
        free = self.machine - self.platform - self.client
        return max(0.0, free) / (self.seconds * (os.cpu_count() or 1))


class WrongResult(Exception):
    """A run that did not do what it was submitted for: its speed means nothing."""


class Bench:
    """`pids`: the platform's processes, none where it runs elsewhere; their children are counted with them."""

    def __init__(self, platform: Platform, scratch: Path, pids: Sequence[int] = ()) -> None:
        self._platform = platform
        self._scratch = scratch
        self._pids = tuple(pids)
        self._count = 0

    async def sample(self, shape: Shape, links: Links, *, again: bool) -> list[Sample]:
        """With a cold cache; with `again`, also the same graph when everything is cached and made."""
        self._count += 1
        directory = self._scratch / f"{self._count}"
        salt = f"{time.time_ns()}"
        markers, made_markers = Markers(directory / "markers"), Markers(directory / "made-markers")
        body = json.dumps({"graph": graph_document(shape, links, markers.directory, salt)}).encode()
        cold = await self._run(shape, body, markers, executed="succeeded")
        made = make(shape, links, directory / "make", made_markers.directory, salt)
        samples = [replace(cold, make_seconds=made.seconds)]
        if again:
            cached = await self._run(shape, body, markers, executed="restored")
            samples.append(replace(cached, make_seconds=run_make(directory / "make").seconds))
        if problem := made_markers.problem(shape):
            raise WrongResult(f"make, {shape.name} ({links}): {problem}")
        shutil.rmtree(directory)
        return samples

    async def _run(self, shape: Shape, body: bytes, markers: Markers, executed: str) -> Sample:
        before = await self._platform.counters()
        processes.reset_peak_memory(*self._pids)
        started = Usage.now(self._pids)
        run = await self._platform.submit(body)
        end = await self._platform.end_of(run)
        usage = Usage.now(self._pids).since(started)
        peak = processes.peak_memory(*self._pids) if self._pids else None
        counters = (await self._platform.counters()).since(before)
        counts = {state: count for state, count in end["counts"].items() if count}
        problem = markers.problem(shape)
        if end["state"] != "succeeded" or counts != {executed: len(shape.nodes)} or problem:
            raise WrongResult(
                f"run '{run}' of {shape.name} {end['state']}, {counts}; {problem or 'markers as expected'}"
            )
        return Sample(usage.seconds, counters, usage.platform, peak, usage.others)
