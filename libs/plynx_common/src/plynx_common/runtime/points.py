"""Fail points: named places in production code where a test may kill, raise or pause; free while nothing is armed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from plynx_common.domain.errors import Misconfigured, Unavailable

VARIABLE = "PLYNX_FAIL_POINTS"
"""`name=action[@hit]`, separated by commas; actions: `kill`, `raise`, `pause:<seconds>`, `freeze:<seconds>`."""

Action = Callable[[], Awaitable[None]]


class PointReached(Unavailable):
    """What `raise` raises: to the code around, something outside that failed."""

    code = "fail_point"


@dataclass(slots=True)
class Armed:
    action: Action
    hit: int
    """The action happens at this hit, counted from 1; 0 is every hit."""
    hits: int = 0
    happened: asyncio.Event = field(default_factory=asyncio.Event)


_armed: dict[str, Armed] = {}


async def point(name: str) -> None:
    """Nothing at all, unless a test has armed it."""
    if _armed and (armed := _armed.get(name)) is not None:
        await _reach(armed)


async def _reach(armed: Armed) -> None:
    armed.hits += 1
    if armed.hit in (0, armed.hits):
        armed.happened.set()
        await armed.action()


@contextmanager
def arm(name: str, action: Action, *, hit: int = 1) -> Generator[Armed]:
    """Armed while inside; `armed.happened` is set when the action begins."""
    if name in _armed:
        raise ValueError(f"fail point '{name}' is armed already")
    armed = _armed[name] = Armed(action, hit)
    try:
        yield armed
    finally:
        del _armed[name]


def killing() -> Action:
    """The process ends here as by SIGKILL."""

    async def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    return kill


def raising(error: Exception | None = None) -> Action:
    async def fail() -> None:
        raise error or PointReached("a fail point was armed to raise here")

    return fail


def pausing(seconds: float) -> Action:
    """Only the task that came here waits."""

    async def pause() -> None:
        await asyncio.sleep(seconds)

    return pause


def freezing(seconds: float) -> Action:
    """The whole process stands still, and wakes up with stale decisions."""

    async def freeze() -> None:
        time.sleep(seconds)  # noqa: ASYNC251 (that is the point)

    return freeze


def holding(until: asyncio.Event) -> Action:
    async def hold() -> None:
        await until.wait()

    return hold


def arm_from_environment(text: str | None = None) -> None:
    """For real processes; stays armed. Raises `Misconfigured` for what it cannot read."""
    for entry in filter(None, (text if text is not None else os.environ.get(VARIABLE, "")).split(",")):
        name, action, hit = _parse(entry)
        _armed[name] = Armed(action, hit)


_ENTRY = re.compile(
    r"(?P<name>[a-z0-9_.]+)=(?P<action>kill|raise|pause|freeze)(:(?P<seconds>[0-9.]+))?(@(?P<hit>\d+))?"
)


def _parse(entry: str) -> tuple[str, Action, int]:
    match = _ENTRY.fullmatch(entry.strip())
    if match is None:
        raise Misconfigured(f"{VARIABLE} '{entry}': expected name=kill|raise|pause:<seconds>|freeze:<seconds>[@hit]")
    seconds = float(match["seconds"] or 40)
    actions = {"kill": killing(), "raise": raising(), "pause": pausing(seconds), "freeze": freezing(seconds)}
    return match["name"], actions[match["action"]], int(match["hit"] or 1)


_IN_CODE = re.compile(r"""await point\(\s*["']([^"']+)["']""")


def points_in(directories: Iterable[Path]) -> tuple[str, ...]:
    """Every name in the sources below: the crash matrix takes its list from the code itself."""
    sources = (path for directory in directories for path in sorted(directory.rglob("*.py")))
    names = {name for path in sources for name in _IN_CODE.findall(path.read_text(encoding="utf-8"))}
    return tuple(sorted(names))
