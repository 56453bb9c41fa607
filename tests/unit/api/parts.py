"""The API on memory backends, and callers of every kind; a scheduler where a test wants one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from pydantic import SecretStr

from plynx_api.app import make_application
from plynx_api.context import ApiContext
from plynx_api.front import Front
from plynx_api.service import make_context
from plynx_api.settings import ApiSettings
from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.access import Principal, PrincipalKind, Role
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.documents import Insert
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock, FakeIds

SECRET = "a secret of the tests, long enough"
STORAGE_URL = "http://127.0.0.1:8471"
SIGNER = Signer(SECRET.encode())
JSON = {"content-type": "application/json"}

Answer = dict[str, Any]


@dataclass
class Stage:
    context: ApiContext
    broker: MemoryBroker
    clock: FakeClock
    front: Front
    clients: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])

    @property
    def backends(self) -> Backends:
        return self.context.backends

    async def token(self, role: Role = Role.OWNER, team: str = "default", **options: Any) -> str:
        principal = Principal(
            PrincipalKind.PERSON, f"{role.label}-of-{team}", team, role, options.pop("scopes", ("*",))
        )
        text, _ = await self.context.tokens.create(principal, **options)
        return text

    async def client(self, role: Role = Role.OWNER, team: str = "default", **options: Any) -> httpx.AsyncClient:
        return self.with_headers({"Authorization": f"Bearer {await self.token(role, team, **options)}"})

    def with_headers(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(cast("Any", self.front), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470", headers=headers)
        self.clients.append(client)
        return client


def settings(**fields: Any) -> ApiSettings:
    return ApiSettings(home=Path("/nowhere"), secret=SecretStr(SECRET), **fields)


@asynccontextmanager
async def staged(objects: ObjectStore | None = None, **fields: Any) -> AsyncGenerator[Stage]:
    clock, broker = FakeClock(), MemoryBroker()
    objects = objects or MemoryObjects(STORAGE_URL, SECRET.encode())
    backends = Backends(MemoryBus(broker), MemoryDocuments(), objects, clock, FakeIds())
    await backends.documents.write([Insert("platform", {"_id": "partitions", "count": 1})])
    async with AsyncExitStack() as stack:
        context = await make_context(settings(**fields), backends, stack)
        if "site" not in fields:
            context = replace(context, site=None)  # whether it is built on this machine must make no difference
        front = Front(make_application(context), backends.ids)
        stage = Stage(context, broker, clock, front)
        yield stage
        for client in stage.clients:
            await client.aclose()


def graph(*nodes: Answer, **fields: Any) -> Answer:
    operation = {
        "name": "op",
        "kind": "command",
        "cmd": "true",
        "inputs": [{"name": "in", "min": 0, "max": -1}],
        "outputs": [{"name": "out"}],
    }
    return {"nodes": list(nodes), "operations": {"op": operation}, **fields}


def node(id: str, **fields: Any) -> Answer:
    return {"id": id, "operation": "op", **fields}


def receipt(digest: str, size: int, type: str = "csv") -> Answer:
    """As the storage service gives it to the default team."""
    signature = SIGNER.sign_receipt("default", digest, size, type)
    return {"digest": digest, "size": size, "type": type, "signature": signature}


def problem(answer: httpx.Response, status: int, code: str = "") -> Answer:
    """The problem, after checking that it is one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = cast("Answer", answer.json())
    assert found["status"] == status
    assert found["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert not code or found["code"] == code, found
    return found


def pointers(found: Answer) -> list[tuple[str, str]]:
    return [(issue["pointer"], issue["code"]) for issue in found["errors"]]


DAY = timedelta(days=1)
