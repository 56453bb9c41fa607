"""A service as a process of its own: its settings, what it may touch, its probes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from plynx_common.runtime.backends import Backends, Reach
from plynx_common.runtime.health import watching_health
from plynx_common.runtime.probing import probed
from plynx_common.runtime.service import Service, run, run_services
from plynx_common.runtime.settings import ServiceSettings, variable_of

A = TypeVar("A", bound=ServiceSettings)


def serve_alone(name: str, settings: type[A], service: Service[A], reach: Reach = Reach.EVERYTHING) -> int:
    """A process of one service, with its probes; the exit code. The whole `__main__` of a service."""

    async def serve(loaded: A) -> None:
        await run_services(loaded, partial(_with_probes, loaded, service, reach), reach=reach)

    return run(name, settings.load, serve)


@asynccontextmanager
async def _with_probes(settings: A, service: Service[A], reach: Reach, backends: Backends) -> AsyncGenerator[None]:
    """Ready between the service's start and its drain."""
    setting = variable_of(type(settings), "probe_port", type(settings).model_fields["probe_port"])
    async with (
        watching_health(backends, reach) as health,
        probed(health, settings.probe_host, settings.probe_port, setting=setting) as probe,
        service(settings, backends),
    ):
        probe.is_entered = True
        yield
        probe.is_entered = False
