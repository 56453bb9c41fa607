"""The services as processes of their own, on real servers: two schedulers, two workers of a pool, one of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.native.cluster import Cluster, deployment_variables
from deploy.native.process import ServiceProcess
from deploy.native.servers import NativeServers
from plynx_common.testing.servers.sandbox import free_port
from plynx_standalone.deployment import PooledWorker, pool_token
from tests.e2e.reachable import Reachable

SECOND = PooledWorker("second", ("default/default",))


class SeparatePlatform(Reachable):
    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self.cluster = cluster
        self.home = cluster.directory
        self.url = cluster.url

    @property
    def token(self) -> str:
        return self.cluster.token

    @property
    def log(self) -> str:
        logs = sorted(self.home.glob("*.log"))
        return "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)


@asynccontextmanager
async def separate_platform(directory: Path, settings: Mapping[str, str]) -> AsyncGenerator[SeparatePlatform]:
    """Raises `ServerMissing`. `settings`: of the workers."""
    variables = deployment_variables({})
    with NativeServers(variables) as servers:
        cluster = Cluster(directory, variables | servers.variables)
        for worker in cluster.workers:
            worker.environment.update(settings)
        second = _second(cluster)
        with cluster:
            await asyncio.to_thread(second.start)
            cluster.services[second.name] = second  # for whoever asks which process a worker is
            platform = SeparatePlatform(cluster)
            try:
                yield platform
            finally:
                platform.close_clients()
                await asyncio.to_thread(second.terminate)


def _second(cluster: Cluster) -> ServiceProcess:
    """A worker that the compose file does not have: another of the same pool."""
    first = cluster.services["worker-default"]
    environment = {
        **first.environment,
        "PLYNX_HOME": str(cluster.directory / "worker-second"),
        "PLYNX_WORKER_NAME": SECOND.name,
        "PLYNX_WORKER_TOKEN": pool_token(cluster.variables["PLYNX_SECRET"], SECOND),
        "PLYNX_WORKER_PROBE_PORT": str(free_port()),
    }
    return ServiceProcess("worker-second", first.command, environment, cluster.directory / "worker-second.log")
