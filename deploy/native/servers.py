"""The servers that a cluster stands on, native and throw-away, with the users of a deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from deploy.rabbitmq.with_passwords import with_passwords
from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.mongodb import MongoDB
from plynx_common.testing.servers.rabbitmq import RabbitMQ
from plynx_common.testing.servers.server import Server

DEFINITIONS = Path(__file__).resolve().parents[1] / "rabbitmq" / "definitions.json"
WORKER = "plynx-worker"


class NativeServers:
    """Entered = all are ready; left = all are gone. Raises `ServerFailed`.

    `given`: variables of the deployment; a server whose URL is among them is not started.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._running = ExitStack()
        self.servers: dict[str, Server] = {}
        """By the variable that names them."""

    def __enter__(self) -> Self:
        if "PLYNX_BUS_URL" not in self._given:
            self.servers["PLYNX_BUS_URL"] = broker_with_users(self._given)
        if "PLYNX_DOCUMENTS_URL" not in self._given:
            self.servers["PLYNX_DOCUMENTS_URL"] = MongoDB()
        if "PLYNX_OBJECTS_URL" not in self._given:
            self.servers["PLYNX_OBJECTS_URL"] = CephS3()
        with self._running, ThreadPoolExecutor() as starters:
            list(starters.map(self._running.enter_context, self.servers.values()))
            self._running = self._running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def variables(self) -> dict[str, str]:
        """What docker-compose.yml must be told about them."""
        urls = {name: server.url for name, server in self.servers.items()}
        if "PLYNX_BUS_URL" in urls:
            urls["PLYNX_BUS_WORKER_URL"] = worker_url(urls["PLYNX_BUS_URL"], self._given)
        return urls


def broker_with_users(variables: Mapping[str, str], consumer_timeout: timedelta | None = None) -> RabbitMQ:
    """Not started yet. Its administrator, who is the services' user too, is the test kit's; our worker joins it."""
    broker = RabbitMQ(consumer_timeout=consumer_timeout)
    path = broker.sandbox.directory / "definitions.json"
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    ours = with_passwords(json.loads(DEFINITIONS.read_text(encoding="utf-8")), variables)
    known["users"] += [user | {"limits": {}} for user in ours["users"] if user["name"] == WORKER]
    known["permissions"] += [rights for rights in ours["permissions"] if rights["user"] == WORKER]
    path.write_text(json.dumps(known), encoding="utf-8")
    return broker


def worker_url(bus_url: str, variables: Mapping[str, str]) -> str:
    """The same broker, as workers know it."""
    at = urlsplit(bus_url)
    place = at.netloc.rpartition("@")[2]
    return at._replace(netloc=f"{WORKER}:{variables['PLYNX_BUS_WORKER_PASSWORD']}@{place}").geturl()
