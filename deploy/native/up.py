"""`make up-native`: the services of docker-compose.yml on native servers of this machine, until Ctrl-C.

All of it is throw-away, the data too. Variables that docker-compose.yml reads are taken from the environment; a server
whose URL is set (PLYNX_BUS_URL with PLYNX_BUS_WORKER_URL, PLYNX_DOCUMENTS_URL, PLYNX_OBJECTS_URL) is not started.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from deploy.native.cluster import Cluster, deployment_variables
from deploy.native.compose import Incomplete
from deploy.native.process import ServiceFailed
from deploy.native.servers import NativeServers
from plynx_common.testing.servers.sandbox import ServerFailed
from plynx_common.testing.servers.server import ServerMissing


def main() -> int:
    """The exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = {name: value for name, value in os.environ.items() if name.startswith("PLYNX_") and value}
    variables = deployment_variables(given)
    try:
        with tempfile.TemporaryDirectory(prefix="plynx-native-") as directory:
            _say("starting the servers …")
            with NativeServers(variables) as servers:
                _say("starting the services …")
                with Cluster(Path(directory), variables | servers.variables) as cluster:
                    _say(_way_in(cluster))
                    signal.pause()
    except KeyboardInterrupt:
        _say("stopped")
        return 0
    except (Incomplete, ServiceFailed, ServerFailed, ServerMissing) as error:
        sys.stderr.write(f"up-native: {error}\n")
        return 1
    return 0


def _way_in(cluster: Cluster) -> str:
    logs = "\n".join(f"  {name:<15} {process.log}" for name, process in cluster.services.items())
    return f"""
PLynx: {cluster.url}/login?token={cluster.token}

For `plynx` commands in another terminal:
  export PLYNX_URL={cluster.url} PLYNX_TOKEN={cluster.token}

Logs:
{logs}

Ctrl-C drains and stops everything."""


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
