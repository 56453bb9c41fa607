"""Large artifacts go in parts, over lines that break and past services that fail, and come back whole."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from plynx_common.adapters.local_objects import LocalObjects
from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.s3_objects import S3Objects
from plynx_common.adapters.system_clock import SystemClock
from plynx_common.domain.errors import InvalidInput, ObjectsUnavailable
from plynx_common.domain.ids import artifact_key
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeIds
from plynx_storage.multipart import MEBIBYTE
from plynx_storage.service import storage
from plynx_worker.http_transfers import HttpTransfers
from plynx_worker.transfers import Upload
from tests.integration.cut_line import CutLine, line_to
from tests.unit.storage_parts import SECRET, SIGNER, TEAM, attempt_token, claimed, settings_in

PART = 5 * MEBIBYTE
PARTS = 12
CONTENT = Random(4).randbytes((PARTS - 1) * PART + 1_234_567)


@dataclass(frozen=True, slots=True)
class Platform:
    """A storage service over some object store, a worker's transfers, and the line over which the parts go."""

    objects: ObjectStore
    transfers: HttpTransfers
    line: CutLine
    token: Callable[[], str]
    upload: Upload

    async def send(self) -> None:
        receipts = await self.transfers.upload(self.token, [self.upload])
        assert SIGNER.receipt_is_valid(TEAM, receipts[self.upload.digest])

    async def stored(self) -> str:
        digest = sha256()
        async for block in self.objects.stream(artifact_key(TEAM, self.upload.digest)):
            digest.update(block)
        return digest.hexdigest()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def source(tmp_path: Path) -> Upload:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return Upload(sha256(CONTENT).hexdigest(), len(CONTENT), "model", path)


@pytest.fixture(params=["folder", "s3"])
async def platform(request: pytest.FixtureRequest, tmp_path: Path, source: Upload) -> AsyncGenerator[Platform]:
    async with AsyncExitStack() as stack:
        port, clock, documents = free_port(), SystemClock(), MemoryDocuments()
        settings = settings_in(tmp_path, parts_above=PART, part_size=PART).model_copy(update={"port": port})
        if request.param == "s3":
            url = str(request.getfixturevalue("s3_url"))
            line = await stack.enter_async_context(line_to(urlsplit(url).port or 80))
            objects = await S3Objects.open(f"{url}&public=http://127.0.0.1:{line.port}")
            stack.push_async_callback(objects.close)
        else:
            line = await stack.enter_async_context(line_to(port))
            objects = LocalObjects(tmp_path / "objects", "", SECRET.encode())
        await stack.enter_async_context(storage(settings, Backends(MemoryBus(), documents, objects, clock, FakeIds())))
        if isinstance(objects, LocalObjects):
            objects.serve_at(f"http://127.0.0.1:{line.port}")
        transfers = await stack.enter_async_context(HttpTransfers(f"http://127.0.0.1:{port}"))
        await claimed(documents)
        token = attempt_token(clock, reads=[source.digest])
        yield Platform(objects, transfers, line, lambda: token, source)


async def test_a_large_file_is_sent_in_parts_and_read_back_in_blocks(platform: Platform, tmp_path: Path) -> None:
    copy, upload = tmp_path / "copy", platform.upload
    tracemalloc.start()
    await platform.send()
    await platform.transfers.download(platform.token, {upload.digest: (upload.size, copy)})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sha256(copy.read_bytes()).hexdigest() == upload.digest
    assert peak < 30 * MEBIBYTE, "worker and storage service together"


async def test_parts_whose_connections_break_are_sent_again_and_no_others(platform: Platform) -> None:
    platform.line.cut(3, after=4 * MEBIBYTE)
    await platform.send()
    assert await platform.stored() == platform.upload.digest
    assert len(CONTENT) + 10 * MEBIBYTE < platform.line.sent < len(CONTENT) + 16 * MEBIBYTE


async def test_an_upload_that_was_interrupted_goes_on_where_it_was(platform: Platform) -> None:
    platform.line.left = 50 * MEBIBYTE
    with pytest.raises(ObjectsUnavailable):
        await platform.send()
    before, platform.line.left = platform.line.sent, None
    await platform.send()
    assert await platform.stored() == platform.upload.digest
    assert platform.line.sent - before < len(CONTENT) - 3 * PART


async def test_many_that_send_the_same_at_once_all_get_receipts(platform: Platform) -> None:
    await asyncio.gather(*(platform.send() for _ in range(3)))
    assert await platform.stored() == platform.upload.digest


async def test_a_file_that_changes_after_it_was_hashed_is_refused_and_nothing_is_stored(platform: Platform) -> None:
    assert isinstance(platform.upload.content, Path)
    platform.upload.content.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(InvalidInput, match=f"'{platform.upload.digest}' became .* something still writes to it"):
        await platform.send()
    assert await platform.objects.stat(artifact_key(TEAM, platform.upload.digest)) is None


async def test_an_upload_that_the_store_has_given_up_begins_anew(platform: Platform) -> None:
    key = artifact_key(TEAM, platform.upload.digest)
    platform.line.left = 50 * MEBIBYTE
    with pytest.raises(ObjectsUnavailable):
        await platform.send()
    platform.line.left = None
    begun = platform.transfers._parts.begun(platform.upload.digest)["upload"]
    *_, id, _ = SIGNER.verify("multipart upload", begun, now=SystemClock().now())["c"]
    await platform.objects.multipart_abort(key, id)
    with pytest.raises(ObjectsUnavailable, match="begin anew"):
        await platform.send()
    await platform.send()
    assert await platform.stored() == platform.upload.digest


async def test_content_in_memory_goes_the_same_way(platform: Platform) -> None:
    in_memory = replace(platform.upload, content=CONTENT)
    receipts = await platform.transfers.upload(platform.token, [in_memory])
    assert SIGNER.receipt_is_valid(TEAM, receipts[in_memory.digest])
