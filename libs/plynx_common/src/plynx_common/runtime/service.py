"""How services are started, run and left: everything up or nothing, SIGTERM drains, the second signal leaves now."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeVar, cast

import structlog

from plynx_common.domain.errors import InvalidInput, Misconfigured, PlynxError, Unavailable
from plynx_common.runtime.backends import Backends, Reach, open_backends
from plynx_common.runtime.logging import configure_logging
from plynx_common.runtime.points import arm_from_environment
from plynx_common.runtime.settings import PlatformSettings
from plynx_common.runtime.telemetry import configure_telemetry

S = TypeVar("S", bound=PlatformSettings)

Service = Callable[[S, Backends], AbstractAsyncContextManager[object]]
"""Entering = started and consuming, leaving = drained."""
Start = Callable[[Backends], AbstractAsyncContextManager[object]]
"""A service with its settings: `partial(worker_service, WorkerSettings.load())`."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 5

log = structlog.get_logger()


async def run_services(
    settings: PlatformSettings,
    *starts: Start,
    on_ready: Callable[[Backends], object] | None = None,
    reach: Reach = Reach.EVERYTHING,
) -> None:
    """Enters the services in order and leaves them in reverse order at SIGTERM or SIGINT.

    Raises what made a start impossible, or what a service's background work died of.
    """
    stop = asyncio.Event()
    with _Signals(stop):
        async with AsyncExitStack() as stack:
            backends = await stack.enter_async_context(open_backends(settings, reach))
            for start in starts:
                await stack.enter_async_context(start(backends))
            # What lives from now to the end need not be looked at by every collection.
            gc.collect()
            gc.freeze()
            log.info("services_started", pid=os.getpid())
            if on_ready is not None:
                on_ready(backends)
            await stop.wait()
            log.info("services_draining")
    log.info("services_stopped")


class _Signals:
    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._received, number)

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.remove_signal_handler(number)

    def _received(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            log.warning("services_left_undrained", signal=number.name)
            sys.stderr.flush()
            os._exit(128 + number)
        self._stop.set()


def run(name: str, load: Callable[[], S], main: Callable[[S], Coroutine[Any, Any, None]]) -> int:
    """For `__main__`: loads the settings, runs `main` with them, and gives the exit code of the process.

    What is wrong outside is said in one line, without a stack trace.
    """
    try:
        settings = load()
        configure_logging(settings)
        configure_telemetry(name)
        arm_from_environment()
        asyncio.run(main(settings))
    except PlynxError as error:
        _say(name, error)
        return _exit_code(error)
    except BaseExceptionGroup as group:
        known, other = group.split(PlynxError)
        for error in _leaves(known):
            _say(name, error)
        if other is not None:
            log.exception("service_crashed", exc_info=other)
            return EXIT_FAILED
        return max(_exit_code(error) for error in _leaves(known))
    except Exception:
        log.exception("service_crashed")
        return EXIT_FAILED
    return 0


def _exit_code(error: BaseException) -> int:
    if isinstance(error, Unavailable):
        return EXIT_UNREACHABLE
    return EXIT_USAGE if isinstance(error, Misconfigured | InvalidInput) else EXIT_FAILED


def _leaves(error: BaseException | None) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return [leaf for each in inner for leaf in _leaves(each)]
    return [] if error is None else [error]


def _say(name: str, error: BaseException) -> None:
    sys.stderr.write(f"plynx {name}: {error}\n")
