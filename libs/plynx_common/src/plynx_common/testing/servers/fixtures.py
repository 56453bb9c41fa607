"""The fixtures `amqp_url`, `mongodb_url`, `s3_url` and `start_server`, as a pytest plugin; the package says more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

import pytest

from plynx_common.testing.servers.sandbox import PLACE, memory_place
from plynx_common.testing.servers.server import Server, ServerMissing

if TYPE_CHECKING:
    from plynx_common.testing.servers.shared import SharedServers

S = TypeVar("S", bound=Server)
T = TypeVar("T")
WANTED = pytest.StashKey[set[str]]()
SKIPPED = "real server missing: "


class StartServer(Protocol):
    def __call__(self, server: S) -> S: ...


def pytest_configure() -> None:
    os.environ.setdefault(PLACE, memory_place())


def pytest_collection_finish(session: pytest.Session) -> None:
    names = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    session.config.stash[WANTED] = names & {"amqp_url", "mongodb_url", "s3_url"}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One loud line for each server that was missing: a skip is silent otherwise."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.items():
        _, mark, words = reason.partition(SKIPPED)
        if mark:
            terminalreporter.write_line(f"NOT TESTED, {count} skipped: {words}", yellow=True, bold=True)


@pytest.fixture(scope="session")
def shared_servers(request: pytest.FixtureRequest) -> Iterator[SharedServers]:
    from plynx_common.testing.servers.shared import SharedServers  # noqa: PLC0415 (0.7 s of drivers, not for unit tests)

    with SharedServers(request.config.stash[WANTED]) as servers:
        yield servers


@pytest.fixture
def amqp_url(shared_servers: SharedServers) -> Iterator[str]:
    """Of a vhost of this test's own."""
    with _not_without(shared_servers.vhost()) as url:
        yield url


@pytest.fixture
def mongodb_url(shared_servers: SharedServers) -> Iterator[str]:
    """Of a database of this test's own."""
    with _not_without(shared_servers.database()) as url:
        yield url


@pytest.fixture
def s3_url(shared_servers: SharedServers) -> Iterator[str]:
    """Of a bucket of this test's own."""
    with _not_without(shared_servers.bucket()) as url:
        yield url


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts a server of this test's own, to be killed, frozen and wiped."""
    with ExitStack() as stack:

        def start(server: S) -> S:
            return stack.enter_context(_not_without(server))

        yield start


@contextmanager
def _not_without(server: AbstractContextManager[T]) -> Generator[T]:
    with ExitStack() as stack:
        try:
            entered = stack.enter_context(server)
        except ServerMissing as missing:
            words = str(missing)
        else:
            yield entered
            return
    do_without(words)


def do_without(words: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{words} (CI is set: nothing is skipped)", pytrace=False)
    pytest.skip(f"{SKIPPED}{words}")
