"""The servers that a session's tests share: environment → container → programs of this machine → none, in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import pymongo

from plynx_common.testing.servers import containers
from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.fresh import fresh_bucket, fresh_database, fresh_vhost, s3_client
from plynx_common.testing.servers.mongodb import MongoDB
from plynx_common.testing.servers.rabbitmq import RabbitMQ
from plynx_common.testing.servers.rabbitmq_management import Management
from plynx_common.testing.servers.server import Address, Server

MANAGEMENT = "PLYNX_TEST_AMQP_MANAGEMENT_URL"


@dataclass(frozen=True)
class Kind:
    native: type[Server]
    container: Callable[[], AbstractContextManager[Address]]


KINDS = {
    "amqp_url": Kind(RabbitMQ, containers.rabbitmq),
    "mongodb_url": Kind(MongoDB, containers.mongodb),
    "s3_url": Kind(CephS3, containers.s3),
}
"""By the fixture that needs it."""


class SharedServers:
    """Started when first asked for, all those wanted at once, and ended when left.

    What is asked for raises `ServerMissing`, or `ServerFailed` where the server did not start.
    """

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = set(wanted)
        self._starters = ThreadPoolExecutor(len(KINDS))
        self._starting: dict[str, Future[Address]] = {}
        self._running = ExitStack()
        self._s3_client: Any = None
        self._mongodb_client: pymongo.MongoClient[dict[str, Any]] | None = None

    @contextmanager
    def vhost(self) -> Generator[str]:
        address = self._address("amqp_url")
        with fresh_vhost(address.url, Management(address.management)) as url:
            yield url

    @contextmanager
    def database(self) -> Generator[str]:
        address = self._address("mongodb_url")
        if self._mongodb_client is None:
            client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(address.url)
            self._mongodb_client = self._running.enter_context(client)
        with fresh_database(address.url, self._mongodb_client) as url:
            yield url

    @contextmanager
    def bucket(self) -> Generator[str]:
        address = self._address("s3_url")
        if self._s3_client is None:  # 0.2 s: too long to make one for each test
            self._s3_client = self._running.enter_context(closing(s3_client(address.url)))
        with fresh_bucket(address.url, self._s3_client) as url:
            yield url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starters.shutdown()
        self._running.close()

    def _address(self, fixture: str) -> Address:
        for name in self._wanted | {fixture}:
            if name not in self._starting:
                self._starting[name] = self._starters.submit(self._resolve, KINDS[name])
        return self._starting[fixture].result()

    def _resolve(self, kind: Kind) -> Address:
        if url := os.environ.get(kind.native.variable):
            return Address(url, os.environ.get(MANAGEMENT) or _usual_management(url))
        if _engine_answers():
            return self._running.enter_context(kind.container())
        return self._running.enter_context(kind.native()).address


@cache
def _engine_answers() -> bool:
    return containers.engine_answers()


def _usual_management(url: str) -> str:
    """Meaningless but harmless for the other servers."""
    at = urlsplit(url)
    credentials = at.netloc.rpartition("@")[0]
    return f"http://{credentials}@{at.hostname}:15672"
