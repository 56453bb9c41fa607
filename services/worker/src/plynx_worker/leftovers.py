"""Finds and kills what an earlier incarnation of this worker left running, by a mark in each process's environment."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from plynx_common.interfaces.clock import Clock, Ids

MARK = "PLYNX_WORKER_MARK"
"""Its value is the random name of a worker's state directory."""
PATIENCE = 20.0
"""Seconds of KILL without effect until the worker starts nevertheless."""


def mark_of(state: Path, ids: Ids) -> str:
    """The mark of this state directory, made at its first use."""
    path = state / "mark"
    try:
        mark = path.read_text(encoding="ascii").strip()
        if mark:
            return mark
    except FileNotFoundError:
        pass
    mark = ids.new()
    path.write_text(mark, encoding="ascii")
    return mark


def marked(mark: str) -> list[int]:
    """Live processes that carry the mark, this one excluded."""
    wanted = f"{MARK}={mark}".encode()
    others = (name for name in os.listdir("/proc") if name.isdecimal() and int(name) != os.getpid())
    return [int(name) for name in others if wanted in _environment(name).split(b"\0")]


def _environment(pid: str) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:
            return environment.read()  # of a zombie: nothing
    except OSError:
        return b""  # gone, or another user's


async def clear(mark: str, clock: Clock) -> int:
    """Kills all marked processes, and again what they started meanwhile; how many there were.

    Call it while holding the lock of the state directory, before anything is started with this mark.
    """
    killed: set[int] = set()
    deadline = clock.monotonic() + PATIENCE
    while found := marked(mark):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue  # gone meanwhile
        killed.update(found)
        if clock.monotonic() > deadline:
            break
        await clock.sleep(0.01)
    return len(killed)
