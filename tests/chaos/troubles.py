"""What befalls a platform: one function for all kinds, each with its own measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.chaos.platform import Platform, Program

LONGEST = 40.0
"""Seconds of a pause, a cut, or a time without a process."""
LONGEST_OUTAGE = 20.0


def make_trouble(platform: Platform, kind: str, random: Random) -> None:
    what, _, whom = kind.rpartition(" ")
    several = {"worker": platform.workers, "scheduler": platform.schedulers, "storage": [platform.storage]}
    if whom in several:
        if _befell(platform, what, [program for program in several[whom] if program.is_up], random):
            platform.troubles[kind] += 1
        return
    match kind:
        case "store outage":
            platform.simulation.store.outage(random.uniform(0, LONGEST_OUTAGE))
        case "broker restart":
            platform.simulation.broker.restart()
        case "broker wipe":
            platform.simulation.broker.wipe()
        case "artifact gone":
            platform.troubles[kind] += platform.ledger.lose_one(random)
        case _:
            raise ValueError(f"no trouble is called '{kind}'")


def _befell(platform: Platform, what: str, up: Sequence[Program], random: Random) -> bool:
    """False: there is nobody whom it could befall."""
    if not up:
        return False
    program, seconds = random.choice(up), random.uniform(0, LONGEST)
    acts: dict[str, Callable[[], None]] = {
        "crash": lambda: platform.crash(program, after=seconds * random.choice([0.01, 1])),
        "stop": program.stop.set,
        "pause": lambda: program.process.pause(seconds),
        "cut off": lambda: _cut_off(program, seconds, random),
    }
    acts[what]()
    return True


def _cut_off(program: Program, seconds: float, random: Random) -> None:
    store, bus = random.choice([(True, True), (True, False), (False, True)])
    program.process.cut_off(seconds, store=store, bus=bus)
