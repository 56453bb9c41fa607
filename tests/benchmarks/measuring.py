"""One workload measured: on the platform with a cold cache, and by `make` beside it."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable
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


class WrongResult(Exception):
    """A run that did not do what it was submitted for: its speed means nothing."""


class Bench:
    """`pid`: the platform's first process, or `None` where it runs elsewhere."""

    def __init__(self, platform: Platform, scratch: Path, pid: int | None = None) -> None:
        self._platform = platform
        self._scratch = scratch
        self._pid = pid
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
        before, cpu_before = await self._platform.counters(), self._cpu_seconds()
        if self._pid is not None:
            processes.reset_peak_memory(self._pid)
        started = time.perf_counter()
        run = await self._platform.submit(body)
        end = await self._platform.end_of(run)
        seconds = time.perf_counter() - started
        cpu = None if cpu_before is None else (self._cpu_seconds() or 0.0) - cpu_before
        peak = None if self._pid is None else processes.peak_memory(self._pid)
        counters = (await self._platform.counters()).since(before)
        counts = {state: count for state, count in end["counts"].items() if count}
        problem = markers.problem(shape)
        if end["state"] != "succeeded" or counts != {executed: len(shape.nodes)} or problem:
            raise WrongResult(
                f"run '{run}' of {shape.name} {end['state']}, {counts}; {problem or 'markers as expected'}"
            )
        return Sample(seconds, counters, cpu, peak)

    def _cpu_seconds(self) -> float | None:
        return None if self._pid is None else processes.cpu_seconds(self._pid)
