"""One trip to the disk for everybody who waits: while one sync runs, the next gathers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence


class GroupSync:
    """`sync` is blocking and runs in a thread; its errors reach all whose paths were in that trip."""

    def __init__(self, sync: Callable[[Iterable[str]], None]) -> None:
        self._sync = sync
        self._waiting: list[tuple[Sequence[str], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def sync(self, paths: Sequence[str]) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((paths, done))
        if self._task is None:
            self._task = asyncio.create_task(self._trips())
        await done

    async def _trips(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._trip(batch)
        finally:
            self._task = None

    async def _trip(self, batch: list[tuple[Sequence[str], asyncio.Future[None]]]) -> None:
        paths = dict.fromkeys(path for paths, _ in batch for path in paths)
        error: OSError | None = None
        try:
            await asyncio.to_thread(self._sync, paths)
        except OSError as caught:
            error = caught
        for _, done in batch:
            if done.done():
                continue  # who waited was cancelled
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
