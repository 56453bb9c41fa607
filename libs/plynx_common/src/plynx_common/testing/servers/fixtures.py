"""The fixtures `amqp_url`, `mongodb_url`, `s3_url` and `start_server`, as a pytest plugin; the package says more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, NoReturn, Protocol, TypeVar

import pytest

from plynx_common.testing.servers.fresh import fresh_bucket, fresh_database, fresh_vhost, s3_client
from plynx_common.testing.servers.rabbitmq_management import Management
from plynx_common.testing.servers.resolution import KINDS, ServerMissing, SharedServers, require
from plynx_common.testing.servers.server import Address, Server

S = TypeVar("S", bound=Server)
WANTED = pytest.StashKey[set[str]]()
SKIPPED = "real server missing: "


class StartServer(Protocol):
    def __call__(self, server: S) -> S: ...


def pytest_collection_finish(session: pytest.Session) -> None:
    names = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    session.config.stash[WANTED] = names & KINDS.keys()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One loud line for each server that was missing: a skip is silent otherwise."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.items():
        _, mark, words = reason.partition(SKIPPED)
        if mark:
            terminalreporter.write_line(f"NOT TESTED: {count} tests skipped, {words}", yellow=True, bold=True)


@pytest.fixture(scope="session")
def shared_servers(request: pytest.FixtureRequest) -> Iterator[SharedServers]:
    with SharedServers(request.config.stash[WANTED]) as servers:
        yield servers


@pytest.fixture
def amqp_url(shared_servers: SharedServers) -> Iterator[str]:
    """Of a vhost of this test's own."""
    address = _address(shared_servers, "amqp_url")
    with fresh_vhost(address.url, Management(address.management)) as url:
        yield url


@pytest.fixture
def mongodb_url(shared_servers: SharedServers) -> Iterator[str]:
    """Of a database of this test's own."""
    with fresh_database(_address(shared_servers, "mongodb_url").url) as url:
        yield url


@pytest.fixture(scope="session")
def shared_s3(shared_servers: SharedServers) -> Iterator[tuple[str, Any]]:
    url = _address(shared_servers, "s3_url").url
    with closing(s3_client(url)) as client:
        yield url, client


@pytest.fixture
def s3_url(shared_s3: tuple[str, Any]) -> Iterator[str]:
    """Of a bucket of this test's own."""
    with fresh_bucket(*shared_s3) as url:
        yield url


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts a server of this test's own, to be killed, frozen and wiped."""
    with ExitStack() as stack:

        def start(server: S) -> S:
            try:
                require(type(server))
            except ServerMissing as missing:
                server.close()
                _do_without(missing)
            return stack.enter_context(server)

        yield start


def _address(servers: SharedServers, fixture: str) -> Address:
    try:
        return servers.address(fixture)
    except ServerMissing as missing:
        _do_without(missing)


def _do_without(missing: ServerMissing) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{missing} (CI is set: nothing is skipped)", pytrace=False)
    pytest.skip(f"{SKIPPED}{missing}")
