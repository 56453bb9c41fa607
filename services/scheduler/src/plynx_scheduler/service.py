"""The scheduler's wiring: entering means owning, consuming and sweeping; leaving gives everything back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from plynx_common.domain.errors import BusUnavailable, StoreUnavailable
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.documents import DocumentStore, Insert
from plynx_common.repositories.indexes import INDEXES
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.home import signing_secret
from plynx_scheduler.claim_index import ClaimIndex
from plynx_scheduler.connection import Connection
from plynx_scheduler.core import Core
from plynx_scheduler.engine import Engine
from plynx_scheduler.fleet import Fleet
from plynx_scheduler.inbox import Inbox
from plynx_scheduler.leases import Leases
from plynx_scheduler.memory import Memory
from plynx_scheduler.ownership import Ownership
from plynx_scheduler.pool_queues import PoolQueues
from plynx_scheduler.pool_tokens import PoolTokens
from plynx_scheduler.settings import SchedulerSettings
from plynx_scheduler.ticking import Ticker
from plynx_scheduler.timers import Timers
from plynx_scheduler.window import Window

PLATFORM = "platform"


@asynccontextmanager
async def scheduler_service(settings: SchedulerSettings, backends: Backends) -> AsyncGenerator[None]:
    await backends.documents.ensure_indexes(INDEXES)
    partitions = await fixed_partitions(backends.documents, settings.partitions)
    core = make_core(settings, backends)
    inbox = Inbox(backends.clock)
    engine = Engine(core, backends.documents, backends.bus, inbox)
    connection = Connection(core, backends.bus, inbox)
    scheduler = Scheduler(engine, connection)
    ownership = Ownership(core, backends.documents, partitions, scheduler.gain, scheduler.lose)
    backends.bus.on_reconnect(connection.lost)
    if settings.lease == "exclusive":
        await ownership.own_all()
    await connection.mend()
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(engine.run(), name="scheduler-engine"),
            tasks.create_task(connection.keep(), name="scheduler-connection"),
        ]
        if settings.lease == "shared":
            running.append(tasks.create_task(ownership.run(), name="scheduler-ownership"))
        try:
            yield
        finally:
            inbox.close()
            for task in running:
                task.cancel()
            await _give_back(ownership, connection, exclusive=settings.lease == "exclusive")


def make_core(settings: SchedulerSettings, backends: Backends) -> Core:
    signer = Signer(signing_secret(settings))
    instance = backends.ids.new("scheduler-")
    return Core(
        settings=settings,
        instance=instance,
        clock=backends.clock,
        ids=backends.ids,
        signer=signer,
        memory=Memory(backends.documents, backends.clock, settings.interpreter),
        queues=PoolQueues(),
        window=Window(backends.ids),
        leases=Leases(),
        fleet=Fleet(),
        claims=ClaimIndex(),
        tokens=PoolTokens(signer),
        timers=Timers(),
        ticker=Ticker(backends.clock, instance, backends.ids.new()),
    )


class Scheduler:
    """What happens when a partition comes and goes."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine = engine
        self._connection = connection

    async def gain(self, partition: int) -> None:
        self._connection.attach(partition)
        await self._engine.sweep.load_partition(partition)

    def lose(self, partition: int) -> None:
        self._engine.forget_partition(partition)
        self._connection.detach(partition)


async def fixed_partitions(documents: DocumentStore, wanted: int) -> int:
    """The number of partitions that the store was made with; `wanted` where it is new."""
    await documents.write([Insert(PLATFORM, {"_id": "partitions", "count": wanted})])
    found = await documents.get(PLATFORM, "partitions")
    return wanted if found is None else int(found["count"])


async def _give_back(ownership: Ownership, connection: Connection, *, exclusive: bool) -> None:
    """A clean stop releases the partitions; where that cannot be told, the others find out in seconds."""
    try:
        if not exclusive:
            await ownership.release_all()
        await connection.close()
    except (StoreUnavailable, BusUnavailable):
        return
