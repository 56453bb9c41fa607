"""A platform of the benchmark's own on real servers: api, storage, one scheduler, one worker with four slots."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.native.cluster import Cluster, deployment_variables
from deploy.native.servers import NativeServers
from tests.benchmarks.started import Started

SERVICES = ("storage", "scheduler-1", "api", "worker-default")
SLOTS = 4


@asynccontextmanager
async def separate(home: Path) -> AsyncGenerator[Started]:
    """Raises `ServerMissing` where a server is not installed. What the services say is kept in `<home>/*.log`."""
    home.mkdir(parents=True)
    variables = deployment_variables({"PLYNX_SLOTS_DEFAULT": str(SLOTS)})
    with NativeServers(variables) as servers:
        cluster = Cluster(home, variables | servers.variables)
        processes = [cluster.services[name] for name in SERVICES]
        try:
            for process in processes:
                await asyncio.to_thread(process.start)
            yield Started(
                cluster.url,
                cluster.token,
                tuple(process.pid for process in processes),
                tuple(daemon.pid for server in servers.servers.values() for daemon in server.daemons),
                tuple(f"http://127.0.0.1:{process.probe_port}" for process in processes),
            )
        finally:
            for process in reversed(processes):
                await asyncio.to_thread(process.terminate)
            cluster.close()
