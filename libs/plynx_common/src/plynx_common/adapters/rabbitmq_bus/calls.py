"""Calls of the broker: none outlasts its limit, and what goes wrong is told in words of the seam."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiormq.exceptions import (
    AMQPError,
    ChannelAccessRefused,
    ChannelLockedResource,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)

from plynx_common.domain.errors import BusUnavailable, Conflict, Misconfigured, NotFound, PlynxError

T = TypeVar("T")

LOST = "the connection to the broker is lost, and not there again yet"


async def answered(call: Coroutine[Any, Any, T], within: float, what: str) -> T:
    """Raises `BusUnavailable`, `NotFound`, `Conflict` or `Misconfigured`; `what` says what was asked for.

    The call runs in a task of its own: the library may wait for the broker even while it is being cancelled.
    """
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=within)
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)
    if not task.done():
        raise BusUnavailable(f"the broker did not answer within {within:g} s: {what}")
    with in_words(what):
        return task.result()


@contextmanager
def in_words(what: str) -> Generator[None]:
    try:
        yield
    except TimeoutError:  # an OSError, but one that says nothing of the broker
        raise
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        # So we and the library end what waits for a channel or a connection that is lost.
        raise BusUnavailable(f"{what}: the broker broke it off: {reply(error)}") from error
    except (AMQPError, OSError, RuntimeError) as error:  # the last from a connection that is closed
        raise _told(what, error) from error


def _told(what: str, error: Exception) -> PlynxError:
    match error:
        case ChannelNotFoundEntity():
            return NotFound(f"{what}: {reply(error)}: declare it first")
        case ChannelLockedResource():
            return Conflict(f"{what}: it is exclusive to another connection: {reply(error)}")
        case ChannelPreconditionFailed():
            remedy = "delete it there when it is empty, or name another virtual host in PLYNX_BUS_URL"
            return Conflict(f"{what}: it is made otherwise on the broker: {reply(error)}: {remedy}")
        case ChannelAccessRefused():
            return Misconfigured(f"{what}: the user of PLYNX_BUS_URL may not: {reply(error)}")
        case _:
            return BusUnavailable(f"{what}: {LOST}: {reply(error)}")


def reply(error: BaseException) -> str:
    return " ".join(str(part) for part in error.args if part is not None) or type(error).__name__


def back_off(first: float, longest: float) -> Iterator[float]:
    """Seconds, doubling, spread by a half, for ever: those who lost a broker together do not all return at once."""
    seconds = first
    while True:
        yield seconds * (0.5 + random.random() / 2)  # noqa: S311 (spreads retries, guards nothing)
        seconds = min(longest, seconds * 2)


def _forget(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
