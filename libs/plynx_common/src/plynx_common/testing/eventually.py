"""Waiting for a fact instead of sleeping: `await eventually(lambda: worker.idle, story="the worker gets idle")`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    probe: Callable[[], T | Awaitable[T]], *, within: float = 5.0, every: float = 0.01, story: str = ""
) -> T:
    """The first truthy answer of the probe; an `AssertionError` in it counts as *not yet*.

    Fails after `within` seconds with the story, the probe's source and what it said last.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        answer, complaint = await _ask(probe)
        if answer:
            return answer
        if loop.time() >= deadline:
            last = complaint or repr(answer)
            raise AssertionError(f"{story or _source(probe)}: still not so after {within:g} s; at last: {last}")
        await asyncio.sleep(every)


async def _ask(probe: Callable[[], T | Awaitable[T]]) -> tuple[T | None, str]:
    try:
        answer = probe()
        if inspect.isawaitable(answer):
            answer = await answer
    except AssertionError as error:
        return None, str(error) or "an assertion without words"
    return answer, ""


def _source(probe: Callable[[], object]) -> str:
    try:
        return " ".join(inspect.getsource(probe).split())
    except (OSError, TypeError):
        return repr(probe)
