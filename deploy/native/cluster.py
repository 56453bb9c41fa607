"""All services of docker-compose.yml as processes: one log, one state directory and one probe port for each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.native.compose import COMPOSE, ServiceSpec, read_services
from deploy.native.process import ServiceProcess
from plynx_common.testing.servers.sandbox import Sandbox, free_port
from plynx_standalone.deployment import fresh_variables

LOOPBACK = "127.0.0.1"
FROM_OUTSIDE = ("PATH", "LANG", "LC_ALL", "TZ")
"""All that a service sees beside what docker-compose.yml gives it: a container would see no more either."""


def deployment_variables(given: Mapping[str, str]) -> dict[str, str]:
    """What docker-compose.yml requires, fresh, on free ports of this machine; what is given wins."""
    ports = {f"PLYNX_{service}_PORT": str(free_port()) for service in ("API", "STORAGE")}
    return {**fresh_variables(LOOPBACK), **ports, "PLYNX_LISTEN": LOOPBACK, **given}


class Cluster:
    """Entered = all are ready; left = all are drained, the workers first.

    Nothing of it outlives the process that started it, not even after its SIGKILL. Raises `ServiceFailed`.
    """

    def __init__(self, directory: Path, variables: Mapping[str, str], compose: Path = COMPOSE) -> None:
        """`variables`: what docker-compose.yml interpolates, see `deployment_variables`."""
        self.directory = directory
        self.variables = dict(variables)
        self._specs = read_services(self.variables, compose)
        self._sandbox = Sandbox("cluster")
        self.services: dict[str, ServiceProcess] = {
            name: self._process(spec, name) for spec in self._specs.values() for name in _names(spec)
        }
        """By name, those with replicas numbered: api, storage, scheduler-1, scheduler-2, worker-default, …"""

    @property
    def api(self) -> ServiceProcess:
        return self.services["api"]

    @property
    def storage(self) -> ServiceProcess:
        return self.services["storage"]

    @property
    def schedulers(self) -> list[ServiceProcess]:
        return [self.services[name] for name in _names(self._specs["scheduler"])]

    @property
    def workers(self) -> list[ServiceProcess]:
        return [process for name, process in self.services.items() if name.startswith("worker-")]

    @property
    def url(self) -> str:
        """Of the API."""
        return self.api.environment["PLYNX_API_PUBLIC_URL"]

    @property
    def token(self) -> str:
        """The first administrator's, as the API's first start left it."""
        return str(json.loads((self.api.home / "client.json").read_text(encoding="utf-8"))["token"])

    def start(self) -> None:
        """All ready at the end; what waits for others starts when they are ready."""
        for names in self._waves():
            for name in names:
                self.services[name].start(wait=False)
            for name in names:
                self.services[name].wait_ready()

    def stop(self) -> None:
        """SIGTERM in the reverse order, each drain awaited."""
        with ThreadPoolExecutor(max(1, len(self.services))) as waiters:
            for names in reversed(list(self._waves())):
                list(waiters.map(ServiceProcess.terminate, [self.services[name] for name in names]))

    def close(self) -> None:
        """Whatever is left is killed."""
        for process in self.services.values():
            process.kill()
        self._sandbox.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self.close()

    def _process(self, spec: ServiceSpec, name: str) -> ServiceProcess:
        """What containers have for themselves, and processes of one machine must share out."""
        probe = next(variable for variable in spec.environment if variable.endswith("_PROBE_PORT"))
        environment = {
            **{variable: os.environ[variable] for variable in FROM_OUTSIDE if variable in os.environ},
            **self._sandbox.environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            **spec.environment,
            "PLYNX_HOME": str(self.directory / name),
            probe: str(free_port()),
        }
        return ServiceProcess(name, spec.command, environment, self.directory / f"{name}.log")

    def _waves(self) -> Iterator[list[str]]:
        sorter = TopologicalSorter({name: spec.waits_for for name, spec in self._specs.items()})
        sorter.prepare()
        while sorter.is_active():
            ready = sorter.get_ready()
            yield [name for service in ready for name in _names(self._specs[service])]
            sorter.done(*ready)


def _names(spec: ServiceSpec) -> list[str]:
    if spec.replicas == 1:
        return [spec.name]
    return [f"{spec.name}-{number}" for number in range(1, spec.replicas + 1)]
