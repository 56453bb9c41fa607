"""The embedded platform in a thread of this process, served on a port: requests come to it as a client's would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from plynx_api.first_token import CLIENT_FILE, Address
from plynx_api.service import api_service
from plynx_common.interfaces.bus import Outgoing, Queue, Settlement
from plynx_common.messages import routes
from plynx_common.runtime.backends import Backends, open_backends
from plynx_common.testing.contract.bus_inbox import Inbox, look
from plynx_scheduler.service import scheduler_service
from plynx_standalone.embedded import Embedded
from plynx_storage.service import storage
from plynx_worker.service import worker_service
from tests.benchmarks.embedded import free_ports

WORK = Queue("fuzz-work", durable=True, dead_letter=True)
"""A queue whose one consumer refuses everything."""


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    token: str
    settings: Embedded
    backends: Backends
    portal: BlockingPortal

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=10)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """While entered, runs are executed; outside, the scripts that a fuzzer makes up only wait."""
        with self.portal.wrap_async_context_manager(worker_service(self.settings.worker, self.backends)):
            yield

    def refuse_messages(self, *runs: str) -> None:
        """One dead letter each."""
        self.portal.call(_refuse, self.backends, runs)


@contextmanager
def running_platform(home: Path) -> Iterator[Running]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(_services(home, portal)) as running:
        yield running


@asynccontextmanager
async def _services(home: Path, portal: BlockingPortal) -> AsyncGenerator[Running]:
    (port,) = free_ports(1)
    settings = Embedded.load(home=home, transfer_url=f"http://127.0.0.1:{port}")
    # Without limits: thousands of requests by one token, hundreds by strangers, all from one address.
    api = settings.api.model_copy(update={"port": 0, "rate_limit": 0, "stranger_rate_limit": 0})
    async with AsyncExitStack() as stack:
        backends = await stack.enter_async_context(open_backends(settings.scheduler))
        transfers = settings.storage.model_copy(update={"port": port})
        for start in (partial(storage, transfers), partial(scheduler_service, settings.scheduler)):
            await stack.enter_async_context(start(backends))
        address = await stack.enter_async_context(api_service(api, backends, _say_nothing))
        token = json.loads((home / CLIENT_FILE).read_text(encoding="utf-8"))["token"]
        yield Running(address.url, token, settings, backends, portal)


def _say_nothing(address: Address) -> None:
    """Who is told the way in otherwise prints it."""


async def _refuse(backends: Backends, runs: tuple[str, ...]) -> None:
    bus, inbox = backends.bus, Inbox()
    await bus.declare(WORK)
    await bus.publish([Outgoing(look(run), routes.DIRECT_TO_QUEUE, WORK.name, message_id=f"id-{run}") for run in runs])
    consumer = await bus.consume(WORK.name, inbox, prefetch=len(runs))
    for delivery in await inbox.has(len(runs)):
        delivery.settle(Settlement.REJECT, "made for the fuzzer")
    await consumer.cancel()
