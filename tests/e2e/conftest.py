"""One platform for the tests that only use it; those that kill, fill or misconfigure one start their own."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.fixtures import do_without
from plynx_common.testing.servers.server import ServerMissing
from tests.e2e import processes
from tests.e2e.client import Client
from tests.e2e.platform import Platform, running_platform
from tests.e2e.reachable import Reachable
from tests.scheduling import STORIES

GRACE = 1
"""Seconds between TERM and KILL on the platforms of these tests."""
SETTINGS = {"PLYNX_WORKER_GRACE": f"PT{GRACE}S", "PLYNX_WORKER_DRAIN": "PT1S"}

Start = Callable[..., AbstractAsyncContextManager[Platform]]


EMBEDDED, SEPARATE = "embedded", "separate"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As they are marked; else stories on both, and tests of `plynx up` itself on the embedded platform only."""
    if "shared_platform" in metafunc.fixturenames:
        is_story = metafunc.definition.path.name.startswith(STORIES)
        marked = [way for way in (EMBEDDED, SEPARATE) if metafunc.definition.get_closest_marker(way) is not None]
        ways = marked or ([EMBEDDED, SEPARATE] if is_story else [EMBEDDED])
        metafunc.parametrize("shared_platform", ways, indirect=True, scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Reachable]:
    home = tmp_path_factory.mktemp("shared") / "home"
    settings = {**SETTINGS, "PLYNX_WORKER_CLOUD_PREFIX": "s3://bucket/plynx"}
    if request.param == EMBEDDED:
        async with running_platform(home, **settings) as platform:
            yield platform
    else:
        from tests.e2e.separate import separate_platform  # noqa: PLC0415 (the drivers of all servers)

        async with AsyncExitStack() as stack:
            try:
                platform = await stack.enter_async_context(separate_platform(home, settings))
            except ServerMissing as missing:
                do_without(str(missing))
            yield platform


@pytest_asyncio.fixture
async def platform(shared_platform: Reachable) -> AsyncGenerator[Reachable]:
    """The shared one; it may not be left with a script that runs, nor have written a stack trace."""
    said = len(shared_platform.log)
    yield shared_platform
    await no_scripts(shared_platform.home)
    assert_no_stack_trace(shared_platform.log[said:])


@pytest.fixture
def client(platform: Reachable) -> Client:
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
