"""What the platform costs while nothing happens, and waiting until nothing else happens on this machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

from tests.benchmarks import processes

SETTLE_SECONDS = 3.0


async def idle_cost(pids: Sequence[int], seconds: float) -> dict[str, float]:
    """Per cent of one core over `seconds`, and bytes (PSS) at their end; of all processes."""
    await asyncio.sleep(SETTLE_SECONDS)
    before = processes.cpu_seconds(*pids)
    await asyncio.sleep(seconds)
    spent = processes.cpu_seconds(*pids) - before
    return {"cpu_percent": round(100 * spent / seconds, 3), "memory": processes.memory(*pids), "seconds": seconds}


QUIET = 0.15
"""Share of the cores."""
LOOK_SECONDS = 0.5


async def quiet_machine(seconds: float) -> None:
    """Waits until the machine is nearly idle, at most this long: what others run would blur the figures."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before, started = processes.busy_seconds(), time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)
        cores = (processes.busy_seconds() - before) / (time.monotonic() - started)
        if cores / (os.cpu_count() or 1) < QUIET:
            return
