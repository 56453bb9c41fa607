"""Time and chance as the operating system has them."""

from __future__ import annotations

import asyncio
import random
import time
from base64 import b32encode
from datetime import UTC, datetime
from os import urandom


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemIds:
    def new(self, prefix: str = "") -> str:
        # One system call a name (0.4 µs): a pool of random bytes would be copied by every fork, and then repeat itself.
        return prefix + b32encode(urandom(16))[:26].decode().lower()

    def jitter(self) -> float:
        return random.random()  # noqa: S311 (spreads retries, guards nothing)
