"""`python -m tests.contract.api.platform <home>`: the embedded platform, in a process of its own to use a second core.

It says in one line of JSON where it is, lets its worker go at the first line it is sent, and ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from plynx_api.first_token import CLIENT_FILE, Address
from plynx_api.service import api_service
from plynx_common.interfaces.bus import Outgoing, Queue, Settlement
from plynx_common.messages import routes
from plynx_common.runtime.backends import Backends, open_backends
from plynx_common.runtime.logging import configure_logging
from plynx_common.testing.contract.bus_inbox import Inbox, look
from plynx_scheduler.service import scheduler_service
from plynx_standalone.embedded import Embedded
from plynx_storage.service import storage
from plynx_worker.service import worker_service
from tests.benchmarks.embedded import free_ports

ROOT = Path(__file__).resolve().parents[3]
DEAD_LETTERS = 6
DOWN_WITHIN = 30
"""Seconds."""
WORK = Queue("fuzz-work", durable=True, dead_letter=True)
"""A queue whose one consumer refuses everything."""


@dataclass(frozen=True, slots=True)
class Running:
    home: Path
    url: str
    token: str
    process: subprocess.Popen[str]

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=10)

    def let_worker_go(self) -> None:
        """From here on runs are not executed: the scripts that a fuzzer makes up only wait."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline(), "the platform has ended"


@contextmanager
def running_platform(home: Path) -> Generator[Running]:
    command = [sys.executable, "-m", "tests.contract.api.platform", str(home)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, "the platform did not start: its log says why"
            yield Running(home, process=process, **json.loads(said))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(DOWN_WITHIN)


async def main(home: Path) -> None:
    async with _services(home) as (settings, backends, url):
        await _refuse_messages(backends)
        token = json.loads((home / CLIENT_FILE).read_text(encoding="utf-8"))["token"]
        async with worker_service(settings.worker, backends):
            _say(json.dumps({"url": url, "token": token}))
            await asyncio.to_thread(sys.stdin.readline)
        _say("the worker is gone")
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def _services(home: Path) -> AsyncGenerator[tuple[Embedded, Backends, str]]:
    (port,) = free_ports(1)
    settings = Embedded.load(home=home, transfer_url=f"http://127.0.0.1:{port}", log_level="warning")
    configure_logging(settings.api)
    # Without limits: thousands of requests by one token, hundreds by strangers, all from one address.
    api = settings.api.model_copy(update={"port": 0, "rate_limit": 0, "stranger_rate_limit": 0})
    transfers = settings.storage.model_copy(update={"port": port})
    async with AsyncExitStack() as stack:
        backends = await stack.enter_async_context(open_backends(settings.scheduler))
        for start in (partial(storage, transfers), partial(scheduler_service, settings.scheduler)):
            await stack.enter_async_context(start(backends))
        address = await stack.enter_async_context(api_service(api, backends, _keep_to_oneself))
        yield settings, backends, address.url


def _keep_to_oneself(address: Address) -> None:
    """Otherwise the way in would be printed."""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _refuse_messages(backends: Backends) -> None:
    """One dead letter each."""
    bus, inbox = backends.bus, Inbox(Settlement.REJECT)
    await bus.declare(WORK)
    messages = [look(f"r{number}") for number in range(DEAD_LETTERS)]
    await bus.publish([Outgoing(each, routes.DIRECT_TO_QUEUE, WORK.name) for each in messages])
    consumer = await bus.consume(WORK.name, inbox, prefetch=DEAD_LETTERS)
    await inbox.has(DEAD_LETTERS)
    await consumer.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
