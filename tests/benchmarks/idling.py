"""What the platform costs while nothing happens."""

from __future__ import annotations

import asyncio

from tests.benchmarks import processes

SETTLE_SECONDS = 3.0


async def idle_cost(pid: int, seconds: float) -> dict[str, float]:
    """Per cent of one core over `seconds`, and bytes (PSS) at their end; of all processes."""
    await asyncio.sleep(SETTLE_SECONDS)
    before = processes.cpu_seconds(pid)
    await asyncio.sleep(seconds)
    spent = processes.cpu_seconds(pid) - before
    return {"cpu_percent": round(100 * spent / seconds, 3), "memory": processes.memory(pid), "seconds": seconds}
