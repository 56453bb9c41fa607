"""Which server a session's tests get: environment → container → programs of this machine → none, in words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.mongodb import MongoDB
from plynx_common.testing.servers.rabbitmq import RabbitMQ
from plynx_common.testing.servers.server import Address, Server


class ServerMissing(Exception):
    """This machine has none; says what to do about it."""


@dataclass(frozen=True)
class Kind:
    variable: str
    native: type[Server]


KINDS = {
    "amqp_url": Kind("PLYNX_TEST_AMQP_URL", RabbitMQ),
    "mongodb_url": Kind("PLYNX_TEST_MONGODB_URL", MongoDB),
    "s3_url": Kind("PLYNX_TEST_S3_URL", CephS3),
}
"""By the fixture that needs it."""


class SharedServers:
    """Started when first asked for, all those wanted at once; entered once per process, ended when left."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = set(wanted)
        self._starters = ThreadPoolExecutor(len(KINDS))
        self._starting: dict[str, Future[Address]] = {}
        self._running = ExitStack()

    def address(self, fixture: str) -> Address:
        """Raises `ServerMissing`, or `ServerFailed` where the server did not start."""
        for name in self._wanted | {fixture}:
            if name not in self._starting:
                self._starting[name] = self._starters.submit(self._resolve, KINDS[name])
        return self._starting[fixture].result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starters.shutdown()
        self._running.close()

    def _resolve(self, kind: Kind) -> Address:
        if url := os.environ.get(kind.variable):
            return Address(url, _management_of(url))
        require(kind.native)
        return self._running.enter_context(kind.native()).address


def require(server: type[Server]) -> None:
    if not server.installed():
        variables = {kind.native: kind.variable for kind in KINDS.values()}
        raise ServerMissing(
            f"no {server.title} here; set {variables[server]}, or run a Docker engine, or: {server.remedy}"
        )


def _management_of(url: str) -> str:
    at = urlsplit(url)
    credentials = at.netloc.rpartition("@")[0]
    return os.environ.get("PLYNX_TEST_AMQP_MANAGEMENT_URL") or f"http://{credentials}@{at.hostname}:15672"
