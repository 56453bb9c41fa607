"""What the services log while they are simulated: kept in the trace, and an error ends the simulation."""

from __future__ import annotations

import sys
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from plynx_common.testing.simulation.world import Simulation


@contextmanager
def listening(simulation: Simulation) -> Generator[None]:
    def listen(_: Any, level: str, event: MutableMapping[str, Any]) -> Any:
        words = [f"{name}={value}" for name, value in event.items() if name not in {"event", "exc_info"}]
        simulation.trace.note("log", level, event["event"], *words)
        if level in {"error", "critical"}:
            error = AssertionError(f"an error was logged: {event}")
            error.__cause__ = sys.exc_info()[1]
            simulation.loop.call_exception_handler({"message": str(event), "exception": error})
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[listen], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
