"""One platform for the tests that only use it; those that kill, fill or misconfigure one start their own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from plynx_common.testing.eventually import eventually
from tests.e2e import processes
from tests.e2e.client import Client
from tests.e2e.platform import Platform, running_platform

GRACE = 1
"""Seconds between TERM and KILL on the platforms of these tests."""
SETTINGS = {"PLYNX_WORKER_GRACE": f"PT{GRACE}S", "PLYNX_WORKER_DRAIN": "PT1S"}

Start = Callable[..., AbstractAsyncContextManager[Platform]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Platform]:
    home = tmp_path_factory.mktemp("shared") / "home"
    async with running_platform(home, **SETTINGS, PLYNX_WORKER_CLOUD_PREFIX="s3://bucket/plynx") as platform:
        yield platform


@pytest_asyncio.fixture
async def platform(shared_platform: Platform) -> AsyncGenerator[Platform]:
    """The shared one; it may not be left with a script that runs, nor have written a stack trace."""
    said = len(shared_platform.log)
    yield shared_platform
    await no_scripts(shared_platform.home)
    assert_no_stack_trace(shared_platform.log[said:])


@pytest.fixture
def client(platform: Platform) -> Client:
    return platform.client()


@pytest.fixture
def start_platform(tmp_path: Path) -> Start:
    """Of the test's own, as often as it is called."""
    numbers = itertools.count()

    def start(home: Path | None = None, **settings: str) -> AbstractAsyncContextManager[Platform]:
        return running_platform(home or tmp_path / f"home{next(numbers)}", **{**SETTINGS, **settings})

    return start


def assert_no_stack_trace(log: str) -> None:
    """Neither as text nor as a field of a JSON line."""
    assert "Traceback (" not in log, log
    assert '"exception"' not in log, log


async def no_scripts(home: Path, within: float = GRACE + 2) -> None:
    def nothing_runs() -> bool:
        left = processes.scripts_of(home)
        assert not left, f"still alive: {left}"
        return True

    await eventually(nothing_runs, within=within, story="all scripts end")
