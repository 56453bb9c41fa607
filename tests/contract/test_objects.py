"""The object stores keep what every object store promises, and the local folder some promises of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from plynx_common.adapters.local_objects import LocalObjects
from plynx_common.adapters.local_objects.folder import ABANDONED_AFTER
from plynx_common.adapters.memory_objects import MemoryObjects
from plynx_common.domain.errors import Misconfigured, ObjectsUnavailable, PlynxError
from plynx_common.interfaces.objects import ObjectStore, PresignedRequest
from plynx_common.runtime.serving import serving
from plynx_common.testing.contract.objects import (
    KEY,
    SOON,
    Answer,
    ObjectStoreContract,
    Send,
    WholeDigestContract,
    conditions,
    digest,
)
from plynx_storage.http import Disconnected, Receive, Scope, send_problem
from plynx_storage.http import Send as AsgiSend
from plynx_storage.object_endpoint import ObjectEndpoint

SIGNING_KEY = b"k" * 32


@asynccontextmanager
async def served(objects: LocalObjects | MemoryObjects) -> AsyncGenerator[Send]:
    endpoint = ObjectEndpoint(objects, objects)

    async def app(scope: Scope, receive: Receive, answer: AsgiSend) -> None:
        try:
            await endpoint(scope, receive, answer)
        except PlynxError as error:
            await send_problem(answer, error)
        except Disconnected:
            return

    async with serving(app, "127.0.0.1", 0, setting="PORT") as port, aiohttp.ClientSession() as session:
        objects.serve_at(f"http://127.0.0.1:{port}")

        async def send(request: PresignedRequest, body: bytes) -> Answer:
            url = URL(request.url, encoded=True)
            content = BytesIO(body) if request.method == "PUT" else None
            async with session.request(request.method, url, headers=request.headers, data=content) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await response.read())

        yield send


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "objects"


class TestLocalObjects(ObjectStoreContract, WholeDigestContract):
    @pytest.fixture
    def objects(self, folder: Path) -> ObjectStore:
        return LocalObjects(folder, "http://127.0.0.1:1", SIGNING_KEY)

    @pytest.fixture
    async def send(self, objects: LocalObjects) -> AsyncGenerator[Send]:
        async with served(objects) as send:
            yield send


class TestMemoryObjects(ObjectStoreContract, WholeDigestContract):
    @pytest.fixture
    def objects(self) -> ObjectStore:
        return MemoryObjects("http://127.0.0.1:1", SIGNING_KEY)

    @pytest.fixture
    async def send(self, objects: MemoryObjects) -> AsyncGenerator[Send]:
        async with served(objects) as send:
            yield send


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def test_a_refused_body_leaves_no_file_behind(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    async with served(objects) as send:
        for body in (b"contenT", b"content and more", b"c"):
            put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
            assert (await send(put, body)).status == 400
        large = b"x" * 3_000_000
        put = objects.presign_put(KEY, conditions(large), expires=SOON)
        assert (await send(put, large[:-1] + b"y")).status == 400
    assert files_in(folder) == []


async def test_a_client_that_goes_away_in_the_middle_leaves_no_file_behind(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    large = b"x" * 5_000_000
    async with served(objects):
        put = objects.presign_put(KEY, conditions(large), expires=SOON)
        url = URL(put.url, encoded=True)
        _, writer = await asyncio.open_connection("127.0.0.1", url.port)
        lines = [f"PUT {url.raw_path_qs} HTTP/1.1", "Host: x", f"Content-Length: {len(large)}"]
        lines += [f"{name}: {value}" for name, value in put.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + large[:3_000_000])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert files_in(folder) == []


async def test_what_a_power_cut_left_of_an_object_is_replaced_by_the_next_upload(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    torn = folder / KEY
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"")
    async with served(objects) as send:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        assert (await send(put, b"content")).status == 200
        assert (await send(put, b"content")).status == 412
    assert files_in(folder) == [KEY]
    assert torn.read_bytes() == b"content"


async def test_a_sent_part_with_another_size_than_signed_is_refused(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    async with served(objects) as send:
        upload = await objects.multipart_create(KEY, content_type="x")
        part = objects.presign_part(KEY, upload, 1, size=4, sha256=digest(b"1234"), expires=SOON)
        assert (await send(part, b"12345")).status == 400
        assert (await send(part, b"1234")).status == 200
        assert (await send(part, b"1234")).status == 200


async def test_persisting_many_from_many_callers_returns_for_all(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    keys = [f"team/{number}" for number in range(20)]
    for key in keys:
        await objects.put(key, b"x")
    await asyncio.gather(*(objects.persist([key]) for key in keys))


async def test_what_was_abandoned_a_day_ago_is_removed_at_the_next_start(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    await objects.multipart_create(KEY, content_type="x")
    old, new = folder / ".incoming" / "old", folder / ".incoming" / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    long_ago = time.time() - ABANDONED_AFTER - 1
    os.utime(old, (long_ago, long_ago))
    (upload,) = (folder / ".multipart").iterdir()
    os.utime(upload, (long_ago, long_ago))
    LocalObjects(folder, "", SIGNING_KEY)
    assert new.exists()
    assert not old.exists()
    assert not upload.exists()


async def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match=r"file/objects.*PLYNX_OBJECTS_URL"):
        LocalObjects(tmp_path / "file" / "objects", "", SIGNING_KEY)


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_is_named_with_the_remedy_and_leaves_nothing_half_written(small_disk: Path) -> None:
    objects = LocalObjects(small_disk, "", SIGNING_KEY)
    content = b"x" * 2_000_000
    with pytest.raises(ObjectsUnavailable, match=rf"'{small_disk}' is full .*PLYNX_OBJECTS_URL"):
        await objects.put(KEY, content)
    async with served(objects) as send:
        answer = await send(objects.presign_put(KEY, conditions(content), expires=SOON), content)
        assert answer.status == 503
        assert b"is full" in answer.body
        small = b"y" * 100_000
        assert (await send(objects.presign_put("team/small", conditions(small), expires=SOON), small)).status == 200
    assert files_in(small_disk) == ["team/small"]
    assert digest(await objects.get("team/small")) == digest(small)


async def test_an_object_deleted_while_it_is_read_breaks_the_answer_off(folder: Path) -> None:
    objects = LocalObjects(folder, "", SIGNING_KEY)
    await objects.put(KEY, b"x" * 30_000_000)
    async with served(objects), aiohttp.ClientSession() as session:
        get = objects.presign_get(KEY, expires=SOON, content_type="x", filename="x")
        async with session.get(URL(get.url, encoded=True)) as response:
            await response.content.readexactly(100_000)
            await objects.delete(KEY)
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
