"""Five hundred who follow one log ask the store the same: those who ask at the same time are answered by one read."""

from __future__ import annotations

import asyncio

from plynx_common.repositories.logs import LogReader, LogSlice

AT_ONCE = 256 * 1024
"""Bytes of one read."""

Key = tuple[str, str, int]
"""Attempt, stream, first byte."""


class SharedReads:
    def __init__(self, logs: LogReader) -> None:
        self._logs = logs
        self._running: dict[Key, asyncio.Task[LogSlice]] = {}
        self._next: dict[Key, asyncio.Task[LogSlice]] = {}

    async def read(self, attempt: str, stream: str, start: int) -> LogSlice:
        """What the store has at a moment after this was called, never before: who has subscribed first misses nothing.

        Nobody joins a read that runs already, therefore; all who come meanwhile share the one that follows it.
        """
        key = attempt, stream, start
        task = self._next.get(key)
        if task is None:
            task = asyncio.create_task(self._read_after(self._running.get(key), key))
            task.add_done_callback(_looked_at)
            self._next[key] = task
        return await asyncio.shield(task)  # one who goes away does not take it from the others

    async def _read_after(self, running: asyncio.Task[LogSlice] | None, key: Key) -> LogSlice:
        if running is not None:
            await asyncio.wait({running})
        task = self._running[key] = self._next.pop(key)
        attempt, stream, start = key
        try:
            return await self._logs.read(attempt, stream, start=start, limit=AT_ONCE)
        finally:
            if self._running.get(key) is task:
                del self._running[key]


def _looked_at(task: asyncio.Task[LogSlice]) -> None:
    """Its error is nobody's where all who have asked are gone."""
    if not task.cancelled():
        task.exception()
