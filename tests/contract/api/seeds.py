"""What is there before the fuzzer comes: one thing of each kind to read, and some of each to change or to lose."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from plynx.connection import Connection, Profile
from plynx.uploading import hashed, type_of, upload
from plynx_common.testing.eventually import eventually
from tests.contract.api.platform import Running

Document = dict[str, Any]

SPARE = 6
"""Things of each kind that requests may change or delete."""
MAKE: Document = {
    "name": "make",
    "kind": "command",
    "cmd": 'printf "a,b\\n1,2\\n" > "$PLYNX_OUTPUT_table"; echo made; echo odd >&2',
    "parameters": [{"name": "size", "type": "int", "default": 3}],
    "outputs": [{"name": "table", "type": "csv"}],
}
USE: Document = {
    "name": "use",
    "kind": "command",
    "cmd": 'cp "$PLYNX_INPUT_table" "$PLYNX_OUTPUT_copy"',
    "inputs": [{"name": "table", "types": ["csv"]}],
    "outputs": [{"name": "copy", "type": "csv"}],
}
GRAPH: Document = {
    "name": "seeded",
    "nodes": [
        {"id": "make", "operation": "make"},
        {"id": "use", "operation": "use", "inputs": {"table": [{"node": "make", "output": "table"}]}},
    ],
    "operations": {"make": MAKE, "use": USE},
}


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""As a PNG."""


@dataclass(frozen=True, slots=True)
class Seeds:
    runs: tuple[str, ...]
    """Two that are finished, of which the second has failed."""
    waiting_runs: tuple[str, ...]
    digest: str
    image_digest: str
    receipt: Document
    graphs: tuple[str, ...]
    spare_graphs: tuple[str, ...]
    drafts: tuple[str, ...]
    """Names of operations."""
    approved: tuple[str, ...]
    spare_tokens: tuple[str, ...]
    dead_letters: tuple[str, ...]


def sown(platform: Running) -> Seeds:
    with platform.client() as client:
        failing = {**GRAPH, "operations": {"make": {**MAKE, "cmd": "exit 3"}, "use": USE}}
        runs = [_posted(client, "/runs", {"graph": graph})["id"] for graph in (GRAPH, failing)]
        asyncio.run(_ended(client, runs))
        platform.let_worker_go()
        return _beside(platform, client, runs)


def _beside(platform: Running, client: httpx.Client, runs: list[str]) -> Seeds:
    node = client.get(f"/runs/{runs[0]}/nodes/make").json()
    graphs = [_posted(client, "/graphs", {**GRAPH, "name": f"größe-{n}"})["id"] for n in range(2 + SPARE)]
    drafts = [_drafted(client, f"draft-{n}") for n in range(SPARE)]
    approved = [_drafted(client, f"approved-{n}") for n in range(SPARE)]
    for name in approved:
        answer = client.post(f"/operations/default/{name}@1/approve", headers={"If-Match": '"1"'})
        answer.raise_for_status()
    receipt = _uploaded(platform, "seed.json", b'{"rows": [1, 2, 3]}')
    _posted(client, "/files", {"name": "seeded-file", "receipt": receipt})
    letters = client.get("/dead-letters").json()["items"]
    return Seeds(
        runs=tuple(runs),
        waiting_runs=tuple(_posted(client, "/runs", {"graph": GRAPH, "force": True})["id"] for _ in range(SPARE)),
        digest=node["outputs"]["table"]["digest"],
        image_digest=_uploaded(platform, "seed.png", PIXEL)["digest"],
        receipt=receipt,
        graphs=tuple(graphs[:2]),
        spare_graphs=tuple(graphs[2:]),
        drafts=tuple(drafts),
        approved=tuple(approved),
        spare_tokens=tuple(_posted(client, "/tokens", {"label": "spare"})["id"] for _ in range(SPARE)),
        dead_letters=tuple(letter["id"] for letter in letters),
    )


def _posted(client: httpx.Client, path: str, body: Document) -> Document:
    answer = client.post(path, json=body)
    assert answer.is_success, f"{path}: {answer.text}"
    return answer.json()


def _drafted(client: httpx.Client, name: str) -> str:
    _posted(client, "/operations", {**MAKE, "name": name})
    return name


def _uploaded(platform: Running, name: str, content: bytes) -> Document:
    """The receipt."""
    path = platform.home / name
    path.write_bytes(content)
    with Connection(Profile(platform.url, platform.token)) as connection:
        return upload(connection, hashed(path, type_of(path)))


async def _ended(client: httpx.Client, runs: Sequence[str]) -> None:
    for run in runs:
        await eventually(
            lambda run=run: client.get(f"/runs/{run}").json()["finished_at"] is not None,
            within=30,
            story=f"'{run}' ends",
        )
