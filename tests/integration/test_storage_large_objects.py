"""Large objects move in parts, side by side, and come back whole; a full disk is said in words."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncGenerator, Generator, Mapping
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from yarl import URL

from plynx_common.adapters.system_clock import SystemClock
from plynx_common.runtime.backends import Backends
from plynx_storage.multipart import MEBIBYTE
from tests.unit.storage_parts import (
    Client,
    attempt_token,
    backends_in,
    claimed,
    described,
    digest,
    person_token,
    running,
    settings_in,
)

PART = 5 * MEBIBYTE
CONTENT = Random(3).randbytes(4 * PART + 2_000_000)


@pytest.fixture
def backends(tmp_path: Path) -> Backends:
    return backends_in(tmp_path / "objects", SystemClock())


@pytest.fixture
async def client(tmp_path: Path, backends: Backends) -> AsyncGenerator[Client]:
    await claimed(backends.documents)
    async with running(settings_in(tmp_path, parts_above=PART, part_size=PART), backends) as client:
        yield client


@pytest.fixture
def token(backends: Backends) -> str:
    return attempt_token(backends.clock, reads=[digest(CONTENT)])


async def started(client: Client, token: str) -> dict[str, Any]:
    asked = await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})
    (upload,) = asked.json["uploads"]
    assert upload["state"] == "multipart"
    return upload


async def send_parts(client: Client, token: str, upload: Mapping[str, Any], content: bytes) -> list[str]:
    size = int(upload["part_size"])
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    page = {"token": token, "upload": upload["upload"], "first": 1, "digests": [digest(piece) for piece in pieces]}
    parts = (await client.call("parts", page)).json["parts"]
    assert [part["part"] for part in parts] == list(range(1, upload["parts"] + 1))

    async def send(part: Mapping[str, Any]) -> str:
        reply = await client.send(part["request"], BytesIO(pieces[int(part["part"]) - 1]))
        assert reply.status == 200
        return reply.headers["ETag"]

    return await asyncio.gather(*(send(part) for part in parts))


async def test_a_large_object_goes_up_in_parts_and_comes_down_whole_and_in_ranges(client: Client, token: str) -> None:
    upload = await started(client, token)
    etags = await send_parts(client, token, upload, CONTENT)
    ending = {"token": token, "upload": upload["upload"], "etags": etags}
    assert (await client.call("completions", ending)).status == 200
    commit = await client.call("commits", {"token": token, "objects": [described(CONTENT)]})
    assert commit.json["receipts"][0]["digest"] == digest(CONTENT)
    asked = await client.call("downloads", {"token": token, "digests": [digest(CONTENT)]})
    request = asked.json["downloads"][0]["request"]
    hashed = hashlib.sha256()
    async with aiohttp.ClientSession() as session, session.get(URL(request["url"], encoded=True)) as response:
        async for block in response.content.iter_chunked(1 << 20):
            hashed.update(block)
    assert hashed.hexdigest() == digest(CONTENT)
    part = await client.send({**request, "headers": {"Range": "bytes=1000000-4000000"}})
    assert (part.status, part.body) == (206, CONTENT[1_000_000:4_000_001])


async def test_an_upload_that_is_completed_twice_is_there_once(client: Client, token: str) -> None:
    first, second = await started(client, token), await started(client, token)
    for upload in (first, second):
        etags = await send_parts(client, token, upload, CONTENT)
        ending = {"token": token, "upload": upload["upload"], "etags": etags}
        assert (await client.call("completions", ending)).status == 200
    assert (await client.call("commits", {"token": token, "objects": [described(CONTENT)]})).status == 200


async def test_parts_with_other_bytes_than_were_announced_are_refused_as_a_whole(
    client: Client, token: str, tmp_path: Path
) -> None:
    upload = await started(client, token)
    etags = await send_parts(client, token, upload, CONTENT[:-1] + b"!")
    reply = await client.call("completions", {"token": token, "upload": upload["upload"], "etags": etags})
    assert (reply.status, reply.json["code"]) == (422, "invalid_input")
    assert digest(CONTENT) in reply.json["title"]
    assert (await client.call("commits", {"token": token, "objects": [described(CONTENT)]})).status == 409
    assert (await client.call("aborts", {"token": token, "upload": upload["upload"]})).status == 200
    assert not [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]


async def test_an_upload_serves_its_team_only_and_no_page_beyond_its_parts(
    client: Client, token: str, backends: Backends
) -> None:
    upload = (await started(client, token))["upload"]
    stranger = person_token(backends.clock, team="other", may_upload=True)
    page = {"token": token, "upload": upload, "first": 1, "digests": [digest(b"x")]}
    assert (await client.call("parts", {**page, "token": stranger})).status == 403
    assert (await client.call("parts", {**page, "first": 99})).status == 422
    assert (await client.call("parts", {**page, "digests": [digest(b"x")] * 6})).status == 422
    assert (await client.call("parts", {**page, "upload": upload[:-1]})).status == 401
    assert (await client.call("completions", {"token": token, "upload": upload, "etags": []})).status == 422
    assert (await client.call("completions", {"token": token, "upload": upload, "etags": ["x"] * 5})).status == 422
    assert (await client.call("completions", {"token": token, "upload": upload, "etags": [1] * 5})).status == 422


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_of_the_service_is_a_clear_answer_and_nothing_is_lost(
    small_disk: Path, tmp_path: Path
) -> None:
    backends = backends_in(small_disk, SystemClock())
    await claimed(backends.documents)
    async with running(settings_in(tmp_path), backends) as client:
        token = attempt_token(backends.clock)
        assert (await client.store(token, b"x" * 900_000)).status == 200
        refused = await client.store(token, b"y" * 900_000)
        assert (refused.status, refused.json["code"]) == (503, "objects_unavailable")
        assert f"'{small_disk}' is full" in refused.json["title"]
        assert "PLYNX_OBJECTS_URL" in refused.json["title"]
        assert (await client.store(token, b"z" * 1000)).status == 200
    files = [path for path in small_disk.rglob("*") if path.is_file()]
    assert sorted(path.stat().st_size for path in files) == [1000, 900_000]
