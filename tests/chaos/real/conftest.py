"""One deployment for all tests that kill: each mends what it has broken, and the next finds it whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.mongodb import MongoDB
from plynx_common.testing.servers.rabbitmq import RabbitMQ
from plynx_common.testing.servers.server import ServerMissing
from tests.chaos.real.deployment import Deployment
from tests.chaos.real.ledger import Ledger
from tests.chaos.real.recovery import MEASURED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for measured in MEASURED:
        terminalreporter.write_line(f"recovered: {measured}")


@pytest.fixture(scope="session")
def shared_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    try:
        for server in (RabbitMQ, MongoDB, CephS3):
            server.require()
    except ServerMissing as missing:
        pytest.skip(f"real server missing: {missing}")
    with Deployment(tmp_path_factory.mktemp("deployment")) as deployment:
        yield deployment


@pytest.fixture
def deployment(shared_deployment: Deployment) -> Iterator[Deployment]:
    yield shared_deployment
    shared_deployment.mend()


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger(tmp_path_factory.mktemp("ledger") / "ledger")
