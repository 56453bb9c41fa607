"""Liveness (the loop ticked lately) and readiness (everything needed answers)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from plynx_common.domain.errors import PlynxError
from plynx_common.runtime.backends import Backends, Reach

TICK = 1.0
LIVE_WITHIN = 10.0
ANSWER_WITHIN = 5.0

Check = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Health:
    """What a probe asks; by the loop's own time."""

    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    """Name of what is needed -> a call that raises a `PlynxError` when it does not answer."""
    last_tick: float = 0.0
    worst_delay: float = 0.0
    """The longest that the loop was late so far: what blocked it cost every heartbeat that much."""

    def is_live(self) -> bool:
        return asyncio.get_running_loop().time() - self.last_tick < LIVE_WITHIN

    async def problems(self) -> Mapping[str, str]:
        """Empty when ready, else what is wrong with what."""
        names = list(self.checks)
        answers = await asyncio.gather(*(_ask(self.checks[name]) for name in names))
        return {name: answer for name, answer in zip(names, answers, strict=True) if answer}

    def tick(self, due: float) -> None:
        now = asyncio.get_running_loop().time()
        self.last_tick = now
        self.worst_delay = max(self.worst_delay, now - due)


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await check()
    except TimeoutError:
        return f"no answer within {ANSWER_WITHIN:g} s"
    except PlynxError as error:
        return error.message
    return ""


@asynccontextmanager
async def watching_health(backends: Backends, reach: Reach = Reach.EVERYTHING) -> AsyncGenerator[Health]:
    """Ticks while inside, and asks what the process may touch; services add their own checks."""
    loop = asyncio.get_running_loop()
    health = Health({"bus": lambda: backends.bus.depth("health")})
    if reach is Reach.EVERYTHING:
        health.checks["documents"] = lambda: backends.documents.get("platform", "health")
        health.checks["objects"] = lambda: backends.objects.stat("health")

    def tick(due: float) -> None:
        nonlocal timer
        health.tick(due)
        timer = loop.call_at(loop.time() + TICK, tick, loop.time() + TICK)

    health.tick(loop.time())
    timer = loop.call_at(loop.time() + TICK, tick, loop.time() + TICK)
    try:
        yield health
    finally:
        timer.cancel()
