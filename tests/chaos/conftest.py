"""The suites of the calm simulation run on its own loop; all other tests here as everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from plynx_common.testing.simulation.loop import SimulatedLoop


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if "CalmSimulated" in item.nodeid:
        return {"simulated": lambda: SimulatedLoop(1)}
    return {"real": asyncio.new_event_loop}
