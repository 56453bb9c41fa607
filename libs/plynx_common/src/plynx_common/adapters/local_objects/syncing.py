"""Durability for everybody who waits: while one trip to the disk is on its way, the next one gathers.

Syncs that run side by side share a commit of the file system's journal: on ext4 eight files take 3 ms in eight threads,
and 38 ms one after the other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

_THREADS = 8


class GroupSync:
    """`plan`: what must be synced for some paths to survive a power cut; `planned` is told when that was done."""

    def __init__(
        self, plan: Callable[[Iterable[str]], Sequence[str]], planned: Callable[[Sequence[str]], None]
    ) -> None:
        self._plan = plan
        self._planned = planned
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sync")
        self._waiting: list[tuple[Sequence[str], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def sync(self, paths: Sequence[str]) -> None:
        """Raises `OSError` for all whose paths were in a trip that failed."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((paths, done))
        if self._task is None:
            self._task = asyncio.create_task(self._trips(), name="sync objects")
        await done

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def _trips(self) -> None:
        batch: list[tuple[Sequence[str], asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                error = await self._trip(self._plan(path for paths, _ in batch for path in paths))
                for _, done in batch:
                    _settle(done, error)
        finally:
            self._task = None
            for _, done in (*batch, *self._waiting):
                done.cancel()

    async def _trip(self, paths: Sequence[str]) -> BaseException | None:
        loop = asyncio.get_running_loop()
        shares = [paths[start::_THREADS] for start in range(min(_THREADS, len(paths)))]
        jobs = [loop.run_in_executor(self._threads, fsync, share) for share in shares]
        errors = [result for result in await asyncio.gather(*jobs, return_exceptions=True) if result is not None]
        if errors:
            return errors[0]
        self._planned(paths)
        return None


def fsync(paths: Iterable[str]) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _settle(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():
        return  # who waited was cancelled
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
