"""Seam to time and chance: passed in everywhere, so that a simulation can own both."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC; only for polite things (back-off, what people see), never for safety."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; what leases and deadlines are measured by."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def new(self, prefix: str = "") -> str:
        """A fresh unguessable name, `[a-z0-9]` after the prefix, at least 128 random bits."""
        ...

    def jitter(self) -> float:
        """Uniform in [0, 1)."""
        ...
