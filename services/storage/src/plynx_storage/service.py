"""The wiring of the storage service: transfers over HTTP, verification over the bus, the log archive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.bus import Queue
from plynx_common.interfaces.objects import ServedObjects
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerify
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.consumer import consuming
from plynx_common.runtime.counting import counted_http
from plynx_common.runtime.home import signing_secret
from plynx_common.runtime.serving import serving
from plynx_storage.catalogue import Catalogue
from plynx_storage.cross_origin import cross_origin
from plynx_storage.grants import Expiry, Gate, Grants
from plynx_storage.handlers import Handlers
from plynx_storage.log_fetching import HoleFetcher, ReplyQueue
from plynx_storage.log_sealing import Sealer
from plynx_storage.log_upkeep import LogUpkeep, Patience
from plynx_storage.logs import LogArchive
from plynx_storage.multipart import MultipartUploads, PartSizes
from plynx_storage.object_endpoint import ObjectEndpoint
from plynx_storage.open_logs import OpenLogs
from plynx_storage.settings import StorageSettings
from plynx_storage.transfer import TransferApp

log = structlog.get_logger()


@asynccontextmanager
async def storage(settings: StorageSettings, backends: Backends) -> AsyncGenerator[None]:
    """Entered: the endpoint listens, the queues are consumed. Left: what was begun is finished and stored."""
    catalogue = Catalogue(backends.documents, backends.clock)
    async with AsyncExitStack() as stack:
        await _transfers(settings, backends, catalogue, stack)
        await _verification(backends, catalogue, stack)
        await _log_archive(settings, backends, catalogue, stack)
        yield


async def _transfers(
    settings: StorageSettings, backends: Backends, catalogue: Catalogue, stack: AsyncExitStack
) -> None:
    objects, clock = backends.objects, backends.clock
    signer = Signer(signing_secret(settings))
    gate = Gate(signer, backends.documents, clock)
    grants = Grants(gate, catalogue, objects, Expiry(settings.upload_expires, settings.download_expires))
    sizes = PartSizes(settings.parts_above, settings.part_size)
    multipart = MultipartUploads(signer, objects, clock, settings.upload_expires, sizes)
    endpoint = ObjectEndpoint(objects, objects) if isinstance(objects, ServedObjects) else None
    app = counted_http(cross_origin(TransferApp(gate, grants, multipart, endpoint)), "transfers")
    port = await stack.enter_async_context(serving(app, settings.host, settings.port, setting="PLYNX_STORAGE_PORT"))
    url = public_url(settings, port)
    if isinstance(objects, ServedObjects):
        objects.serve_at(url)
    log.info("transfers_served", url=url)


async def _verification(backends: Backends, catalogue: Catalogue, stack: AsyncExitStack) -> None:
    bus = backends.bus
    await bus.declare(Queue(routes.STORAGE_QUEUE, durable=True))
    await bus.bind(routes.STORAGE_QUEUE, routes.STORAGE, routes.VERIFY_KEY)
    handlers = Handlers(bus, backends.objects, catalogue)
    await stack.enter_async_context(
        consuming(bus, routes.STORAGE_QUEUE, {ArtifactsVerify: handlers.verify}, backends.clock, prefetch=64)
    )


async def _log_archive(
    settings: StorageSettings, backends: Backends, catalogue: Catalogue, stack: AsyncExitStack
) -> None:
    documents, clock = backends.documents, backends.clock
    open_logs = OpenLogs(documents)
    archive = LogArchive(documents, clock, open_logs)
    replies = ReplyQueue(backends.bus, backends.ids, archive.arrived)
    stack.push_async_callback(replies.close)
    fetcher = HoleFetcher(backends.bus, replies, clock, open_logs)
    sealer = Sealer(documents, backends.objects, catalogue)
    upkeep = LogUpkeep(documents, clock, open_logs, fetcher, sealer)
    await stack.enter_async_context(archive.consuming(backends.bus))
    group = await stack.enter_async_context(asyncio.TaskGroup())
    tasks = [
        group.create_task(archive.run(), name="log archive"),
        group.create_task(upkeep.run(Patience(settings.seal_after, settings.chunks_kept)), name="log upkeep"),
    ]
    for task in tasks:
        stack.callback(task.cancel)


def public_url(settings: StorageSettings, port: int) -> str:
    """As set; else where we listen, in words that a client on this machine can use."""
    if "transfer_url" in settings.model_fields_set:
        return settings.transfer_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 (compared, not bound)
    return f"http://{host}:{port}"
