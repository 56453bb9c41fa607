"""The wiring of the worker service."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from plynx_common.domain.errors import Misconfigured
from plynx_common.messages.workers import Capacity
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.kinds.registry import load_kinds
from plynx_common.runtime.rendering.renderer import Renderer
from plynx_worker import leftovers
from plynx_worker.artifact_cache import ArtifactCache
from plynx_worker.environment import ScriptEnvironment
from plynx_worker.environments import Environments
from plynx_worker.execution import Directories, ScriptWorkshop, Tools
from plynx_worker.guarded_processes import GuardedProcesses
from plynx_worker.http_transfers import HttpTransfers
from plynx_worker.identity import Identity, identified
from plynx_worker.line import Speaker
from plynx_worker.parts import Shape
from plynx_worker.removal import remove_tree
from plynx_worker.settings import WorkerSettings
from plynx_worker.transfers import Patience
from plynx_worker.worker import working

log = structlog.get_logger()


@asynccontextmanager
async def worker_service(settings: WorkerSettings, backends: Backends) -> AsyncGenerator[None]:
    """Entering = announced and consuming, leaving = drained."""
    token = _token(settings)
    async with AsyncExitStack() as stack:
        identity = stack.enter_context(identified(settings.home, settings.name, backends.ids))
        await _clear(identity, backends)
        workshop = await _workshop(settings, identity, backends, stack)
        speaker = Speaker(identity.worker, identity.incarnation, token)
        await stack.enter_async_context(
            working(_shape(settings), speaker, backends.bus, backends.clock, backends.ids, workshop)
        )
        log.info(
            "worker_started", worker=identity.worker, incarnation=identity.incarnation, pools=settings.served_pools
        )
        yield


def _token(settings: WorkerSettings) -> str:
    if settings.token is None:
        raise Misconfigured(
            "PLYNX_WORKER_TOKEN is not set: a worker needs a pool token, make one with "
            f"`plynx pool token {' '.join(settings.served_pools)} --worker <its PLYNX_WORKER_NAME>`"
        )
    return settings.token.get_secret_value()


def _shape(settings: WorkerSettings) -> Shape:
    return Shape(
        pools=settings.served_pools,
        slots=settings.slots,
        capacity=Capacity(
            slots=settings.slots,
            cpu=settings.cpu,
            memory=settings.memory,
            gpu=settings.gpu,
            tags=settings.tags,
        ),
        grace=settings.grace.total_seconds(),
        drain=settings.drain.total_seconds(),
        settle=settings.settle.total_seconds(),
    )


async def _clear(identity: Identity, backends: Backends) -> None:
    """Nothing of an earlier incarnation may live, or lie about, when this one begins."""
    killed = await leftovers.clear(identity.mark, backends.clock)
    if killed:
        log.warning("leftovers_killed", worker=identity.worker, processes=killed)
    for name in ("work", "spool"):
        remove_tree(identity.state / name)
        (identity.state / name).mkdir(mode=0o700)


async def _workshop(
    settings: WorkerSettings, identity: Identity, backends: Backends, stack: AsyncExitStack
) -> ScriptWorkshop:
    state: Path = identity.state
    cache = ArtifactCache(state / "cache", settings.cache_bytes)
    cache.open()
    runner = await stack.enter_async_context(GuardedProcesses(identity.mark))
    environment = ScriptEnvironment(os.environ, settings.inherited)
    tools = Tools(
        kinds=load_kinds(await stack.enter_async_context(Renderer())),
        runner=runner,
        transfers=await stack.enter_async_context(HttpTransfers(settings.transfer_url)),
        patience=Patience(backends.clock, backends.ids, settings.transfers_refused.total_seconds()),
        cache=cache,
        environment=environment,
        environments=Environments(state / "environments", runner, environment.installing),
        clock=backends.clock,
        limits=settings.limits,
    )
    return ScriptWorkshop(Directories(state / "work", state / "spool", settings.cloud_prefix), tools)
