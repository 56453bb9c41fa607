"""The platform as it is deployed, on servers of its own: what tests kill, freeze and wipe, and how it is made whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pymongo
import yaml
from pymongo.database import Database

from deploy.native.cluster import Cluster, deployment_variables
from deploy.native.compose import COMPOSE
from deploy.native.process import ServiceProcess
from deploy.native.servers import broker_with_users, worker_url
from plynx.connection import Profile
from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.mongodb import DATABASE, MongoDB
from plynx_standalone.deployment import PooledWorker, pool_token
from tests.e2e.client import Client

CONSUMER_TIMEOUT = timedelta(seconds=8)
"""What must not matter: nothing is held unacknowledged while a script runs."""
LONG_POOL = "long"
WORKERS = (
    PooledWorker("one", ("default/default",)),
    PooledWorker("two", ("default/default",)),
    PooledWorker("long", (f"default/{LONG_POOL}",)),
)
SLOTS = 4


class Deployment:
    """Entered = all is ready. Every method blocks."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        variables = deployment_variables({})
        self.broker = broker_with_users(variables, CONSUMER_TIMEOUT)
        self.store = MongoDB(members=3)
        self.objects = CephS3()
        self._variables = {
            **variables,
            **{worker.variable: pool_token(variables["PLYNX_SECRET"], worker) for worker in WORKERS},
            "PLYNX_BUS_URL": self.broker.url,
            "PLYNX_BUS_WORKER_URL": worker_url(self.broker.url, variables),
            "PLYNX_DOCUMENTS_URL": self.store.url,
            "PLYNX_OBJECTS_URL": self.objects.url,
        }
        self._running = ExitStack()
        self._cluster: Cluster | None = None
        self._client: Client | None = None
        self._mongo: pymongo.MongoClient[dict[str, Any]] | None = None

    @property
    def cluster(self) -> Cluster:
        assert self._cluster is not None, "not entered"
        return self._cluster

    @property
    def services(self) -> Mapping[str, ServiceProcess]:
        return self.cluster.services

    @property
    def worker(self) -> ServiceProcess:
        return self.services["worker-one"]

    @property
    def schedulers(self) -> list[ServiceProcess]:
        return self.cluster.schedulers

    @property
    def client(self) -> Client:
        assert self._client is not None, "not entered"
        return self._client

    @property
    def database(self) -> Database[dict[str, Any]]:
        """For looking: what it holds is the truth."""
        assert self._mongo is not None, "not entered"
        return self._mongo[DATABASE]

    def mend(self) -> None:
        """Whatever a test has left killed, frozen or refusing."""
        for server in (self.broker, self.store, self.objects):
            for daemon in server.daemons:
                if daemon.running:
                    daemon.resume()
            server.start()
        for process in self.services.values():
            process.resume()
            process.start(wait=False)
        for process in self.services.values():
            process.wait_ready()

    def __enter__(self) -> Self:
        with self._running:
            with ThreadPoolExecutor() as starters:
                list(starters.map(self._running.enter_context, (self.broker, self.store, self.objects)))
            self._mongo = self._running.enter_context(
                pymongo.MongoClient[dict[str, Any]](self.store.url, serverSelectionTimeoutMS=500)
            )
            compose = self.directory / "docker-compose.yml"
            compose.write_text(yaml.safe_dump(_with_workers(WORKERS)), encoding="utf-8")
            self._cluster = self._running.enter_context(Cluster(self.directory, self._variables, compose))
            self._client = Client(Profile(self._cluster.url, self._cluster.token))
            self._running.callback(self._client.close)
            self._running = self._running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()


def _with_workers(workers: Iterable[PooledWorker]) -> dict[str, Any]:
    """docker-compose.yml, with these workers instead of its own."""
    compose: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    services: dict[str, Any] = compose["services"]
    pattern: dict[str, Any] = services["worker-default"]
    compose["services"] = {name: spec for name, spec in services.items() if not name.startswith("worker-")}
    for worker in workers:
        compose["services"][f"worker-{worker.name}"] = pattern | {
            "environment": pattern["environment"]
            | {
                "PLYNX_WORKER_NAME": worker.name,
                "PLYNX_WORKER_POOLS": ",".join(worker.pools),
                "PLYNX_WORKER_TOKEN": f"${{{worker.variable}:?its pool token}}",
                "PLYNX_WORKER_SLOTS": str(SLOTS),
            }
        }
    return compose
