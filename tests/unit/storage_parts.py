"""What tests of the storage service share: its backends in memory, node runs, tokens, a client of its HTTP calls."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from plynx_common.adapters.local_objects import LocalObjects
from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.ids import node_run_id
from plynx_common.domain.tokens import AttemptToken, Signer, TransferToken, claim_id_hash
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import CompareAndSet, DocumentStore, Insert
from plynx_common.messages.nodes import Receipt
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock, FakeIds
from plynx_storage.service import storage
from plynx_storage.settings import StorageSettings

SECRET = "s" * 32
SIGNER = Signer(SECRET.encode())
TEAM, RUN, NODE = "team", "run_1", "train"
CLAIM = claim_id_hash("claim-1")


def backends_in(folder: Path, clock: Clock | None = None) -> Backends:
    clock = clock or FakeClock()
    objects = LocalObjects(folder, "", SECRET.encode(), now=lambda: clock.now().timestamp())
    return Backends(MemoryBus(), MemoryDocuments(), objects, clock, FakeIds())


def settings_in(home: Path, **given: Any) -> StorageSettings:
    return StorageSettings.load(home=home, secret=SECRET, port=0, **given)


async def claimed(documents: DocumentStore, attempt: int = 1, *, claim: str = CLAIM, node: str = NODE) -> None:
    """A node run whose newest attempt is this one, open, granted to the claim."""
    fields = {"attempt": attempt, "closed_attempt": attempt - 1, "claim_id_hash": claim}
    id = node_run_id(RUN, node)
    await documents.write(
        [
            Insert("node_runs", {"_id": id, "run": RUN, "node": node, "team": TEAM, "state": "running"}),
            CompareAndSet("node_runs", id, {}, fields),
        ]
    )


async def closed(documents: DocumentStore, attempt: int = 1) -> None:
    write = CompareAndSet("node_runs", node_run_id(RUN, NODE), {}, {"closed_attempt": attempt, "state": "ready"})
    await documents.write([write])


def attempt_token(
    clock: Clock, *, attempt: int = 1, claim: str = CLAIM, reads: Sequence[str] = (), team: str = TEAM
) -> str:
    token = AttemptToken(team, RUN, NODE, attempt, claim, tuple(reads))
    return token.sign(SIGNER, expires_at=clock.now() + timedelta(minutes=15))


def person_token(clock: Clock, *, reads: Sequence[str] = (), may_upload: bool = False, team: str = TEAM) -> str:
    token = TransferToken(team, "alice", tuple(reads), may_upload)
    return token.sign(SIGNER, expires_at=clock.now() + timedelta(minutes=15))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def described(content: bytes, type: str = "csv") -> dict[str, Any]:
    return {"digest": digest(content), "size": len(content), "type": type}


def receipt(document: Mapping[str, Any]) -> Receipt:
    return Receipt(**document)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any


class Client:
    """Speaks to the service as a worker does: by plain HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def send(self, request: Mapping[str, Any], body: bytes | BytesIO | None = None) -> Reply:
        url = URL(request["url"], encoded=True)
        async with self._session.request(request["method"], url, headers=request["headers"], data=body) as response:
            return await self._reply(response)

    async def call(self, name: str, body: object) -> Reply:
        async with self._session.post(f"{self.url}/transfers/{name}", json=body) as response:
            return await self._reply(response)

    async def _reply(self, response: aiohttp.ClientResponse) -> Reply:
        content = await response.read()
        is_json = "json" in response.headers.get("Content-Type", "")
        return Reply(
            response.status, response.headers, content, await response.json(content_type=None) if is_json else None
        )

    async def store(self, token: str, content: bytes, type: str = "csv") -> Reply:
        """Upload and commit, as far as they go."""
        asked = await self.call("uploads", {"token": token, "objects": [described(content, type)]})
        if asked.status != 200:
            return asked
        (upload,) = asked.json["uploads"]
        if upload["state"] == "put":
            sent = await self.send(upload["request"], content)
            if sent.status not in {200, 412}:
                return sent
        return await self.call("commits", {"token": token, "objects": [described(content, type)]})


@asynccontextmanager
async def running(settings: StorageSettings, backends: Backends) -> AsyncGenerator[Client]:
    async with storage(settings, backends), aiohttp.ClientSession() as session:
        request = backends.objects.presign_get("a/b", expires=timedelta(1), content_type="x", filename="x")
        yield Client(session, request.url.partition("/objects/")[0])
