"""As many seeds as you like: `python -m tests.chaos --seeds 10000 --from 0 --jobs 2`."""

# ruff: noqa: T201 (a command prints)

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import NoReturn, cast

from tests.chaos.mix import KINDS
from tests.chaos.mutants import MUTANTS, mutated
from tests.chaos.swarm import play

SHOWN_EVERY = 100
SEED_LIMIT = 60
"""Seconds of the machine's time."""


@dataclass(frozen=True, slots=True)
class Told:
    seed: int
    kinds: Counter[str] = field(default_factory=Counter[str])
    """Faults by kind."""
    executions: int = 0
    tail: float = 0.0
    failure: str | None = None
    story: str = ""


class TooSlow(Exception):
    """A seed takes longer than any should: something spins."""


@contextmanager
def limited() -> Generator[None]:
    """Virtual time may stand still for ever; that of the machine does not."""

    def stop(*_: object) -> NoReturn:
        raise TooSlow(f"still not over after {SEED_LIMIT} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SEED_LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)


def try_seed(seed: int, without: Sequence[str] = (), mutant: str | None = None) -> Told:
    try:
        with mutated(mutant), limited():
            story = play(seed, without)
    except BaseException as error:  # whatever breaks is told with its seed
        if isinstance(error, KeyboardInterrupt):
            raise
        return Told(seed, failure=_root(error), story="\n".join(getattr(error, "__notes__", ())))
    return Told(seed, story.kinds, story.executions, story.tail)


def _root(error: BaseException) -> str:
    """The innermost of a group, and where it was raised."""
    if isinstance(error, BaseExceptionGroup):
        return _root(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    frames = extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}"[:400] + where


def shrunk(seed: int, without: Sequence[str], mutant: str | None) -> list[str]:
    """Kinds of fault that the failing seed does not need."""
    dropped = list(without)
    for kind in KINDS:
        if kind not in dropped and try_seed(seed, [*dropped, kind], mutant).failure is not None:
            dropped.append(kind)
    return dropped


def report(told: Iterable[Told]) -> list[Told]:
    started, all_told = time.monotonic(), list[Told]()
    for one in told:
        all_told.append(one)
        if one.failure is not None:
            print(f"seed {one.seed}: {one.failure}", flush=True)
        if len(all_told) % SHOWN_EVERY == 0:
            print(summary(all_told, time.monotonic() - started), flush=True)
    print(coverage(all_told))
    print(summary(all_told, time.monotonic() - started))
    return [one for one in all_told if one.failure is not None]


def summary(told: Sequence[Told], seconds: float) -> str:
    faults = sum(one.kinds.total() for one in told)
    executions = sum(one.executions for one in told)
    failed = sum(one.failure is not None for one in told)
    tail = max((one.tail for one in told), default=0.0)
    return (
        f"{len(told)} seeds, {faults} faults, {executions} executions, {failed} failed, {seconds:.0f} s; "
        f"after the faults all ended within {tail:.0f} virtual seconds"
    )


def coverage(told: Sequence[Told]) -> str:
    """What the seeds have seen: each kind of fault, how often, and in how many of them."""
    kinds = sum((one.kinds for one in told), Counter[str]())
    seeds = Counter(kind for one in told for kind in one.kinds)
    width = max(map(len, kinds), default=0)
    lines = [f"{kind:{width}} {count:9} in {seeds[kind]:6} seeds" for kind, count in sorted(kinds.items())]
    per_seed = sorted(one.kinds.total() for one in told)
    middle = per_seed[len(per_seed) // 2] if per_seed else 0
    most = max(per_seed, default=0)
    return "\n".join([*lines, f"half of the seeds have {middle} faults or more, one has {most}"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first one")
    parser.add_argument("--seed", type=int, help="this one only, with its whole trace")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--without", nargs="*", default=[], choices=KINDS, help="kinds of fault to switch off")
    parser.add_argument("--mutant", choices=MUTANTS, help="a safeguard to switch off")
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        with mutated(asked.mutant):
            print(play(asked.seed, asked.without, tell=sys.stdout.write))
        return 0
    seeds = range(asked.start, asked.start + asked.seeds)
    attempt = partial(try_seed, without=asked.without, mutant=asked.mutant)
    with ProcessPoolExecutor(asked.jobs) as pool:
        failed = report(pool.map(attempt, seeds, chunksize=4))
    if failed:
        first = min(failed, key=lambda one: one.seed)
        unneeded = shrunk(first.seed, asked.without, asked.mutant)
        needed = [kind for kind in KINDS if kind not in unneeded]
        print(f"\n{first.story}\n{first.failure}\nseed {first.seed} fails with {needed or 'no fault at all'} alone")
        command = f"python -m tests.chaos --seed {first.seed}"
        print(f"replay it: {command} --without {' '.join(repr(kind) for kind in unneeded)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
