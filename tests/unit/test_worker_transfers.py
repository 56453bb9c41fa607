"""The worker's transfers against the storage service, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from plynx_common.domain.errors import Conflict, Forbidden, NotFound, ObjectsUnavailable, Unauthenticated
from plynx_common.domain.ids import artifact_key
from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock
from plynx_worker.http_transfers import HttpTransfers
from plynx_worker.transfers import Upload
from tests.unit.storage_parts import SIGNER, TEAM, attempt_token, backends_in, claimed, closed, running, settings_in

SMALL = b"1,2\n"
LARGE = b"x" * 200_000


def upload_of(content: bytes, source: Path | None = None, type: str = "csv") -> Upload:
    return Upload(sha256(content).hexdigest(), len(content), type, source or content)


class Desk:
    def __init__(self, backends: Backends, transfers: HttpTransfers) -> None:
        self.backends = backends
        self.transfers = transfers

    def token(self, *reads: str, attempt: int = 1) -> str:
        return attempt_token(self.backends.clock, attempt=attempt, reads=reads)

    async def read(self, digest: str, size: int, path: Path | None = None) -> bytes:
        found = await self.transfers.download(lambda: self.token(digest), {digest: (size, path)})
        return found[digest] if path is None else path.read_bytes()

    async def put(self, *uploads: Upload) -> list[bool]:
        """Whether each receipt is good."""
        receipts = await self.transfers.upload(self.token, uploads)
        return [SIGNER.receipt_is_valid(TEAM, receipts[upload.digest]) for upload in uploads]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    backends = backends_in(tmp_path / "objects", FakeClock())
    async with running(settings_in(tmp_path), backends) as client, HttpTransfers(client.url) as transfers:
        await claimed(backends.documents)
        yield Desk(backends, transfers)


async def test_what_was_uploaded_has_receipts_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    uploads = [upload_of(SMALL), upload_of(LARGE, tmp_path / "large"), upload_of(b"")]
    assert await desk.put(*uploads) == [True, True, True]
    assert await desk.read(uploads[0].digest, len(SMALL)) == SMALL
    assert await desk.read(uploads[1].digest, len(LARGE), tmp_path / "copy") == LARGE
    assert await desk.read(uploads[2].digest, 0) == b""


async def test_what_is_there_already_is_not_sent_again(desk: Desk) -> None:
    await desk.put(upload_of(SMALL))
    receipts = await desk.transfers.upload(desk.token, [upload_of(SMALL, Path("/nowhere"), "tsv")])
    receipt = receipts[upload_of(SMALL).digest]
    assert receipt.type == "tsv"
    assert SIGNER.receipt_is_valid(TEAM, receipt)


async def test_a_large_upload_goes_in_parts_page_by_page(tmp_path: Path) -> None:
    backends = backends_in(tmp_path / "objects", FakeClock())
    settings = settings_in(tmp_path).model_copy(update={"parts_above": 999, "part_size": 999})
    content = bytes(range(256)) * 1000
    (tmp_path / "large").write_bytes(content)
    async with running(settings, backends) as client, HttpTransfers(client.url) as transfers:
        await claimed(backends.documents)
        desk = Desk(backends, transfers)
        assert await desk.put(upload_of(content, tmp_path / "large"), upload_of(SMALL)) == [True, True]
        assert await desk.read(upload_of(content).digest, len(content), tmp_path / "copy") == content


async def test_an_attempt_that_has_ended_may_store_nothing(desk: Desk) -> None:
    await closed(desk.backends.documents)
    with pytest.raises(Conflict, match="has ended"):
        await desk.put(upload_of(SMALL))


async def test_bytes_that_are_gone_are_not_found(desk: Desk) -> None:
    await desk.put(upload_of(SMALL))
    await desk.backends.objects.delete(artifact_key(TEAM, upload_of(SMALL).digest))
    with pytest.raises(NotFound, match=upload_of(SMALL).digest):
        await desk.read(upload_of(SMALL).digest, len(SMALL))


async def test_bytes_that_are_not_what_their_digest_says_are_refused(desk: Desk, tmp_path: Path) -> None:
    await desk.put(upload_of(SMALL))
    digest = upload_of(SMALL).digest
    await desk.backends.objects.put(artifact_key(TEAM, digest), b"1,3\n")
    for path in (None, tmp_path / "copy"):
        with pytest.raises(Conflict, match=f"artifact '{digest}' .* arrived 3 times with other bytes"):
            await desk.read(digest, len(SMALL), path)


async def test_a_token_reads_only_what_it_names(desk: Desk) -> None:
    await desk.put(upload_of(SMALL), upload_of(LARGE))
    with pytest.raises(Forbidden, match="does not name artifact"):
        await desk.transfers.download(lambda: desk.token(upload_of(LARGE).digest), {upload_of(SMALL).digest: (4, None)})


async def test_an_expired_token_may_be_tried_again_when_it_was_renewed(desk: Desk) -> None:
    old = desk.token()
    clock = desk.backends.clock
    assert isinstance(clock, FakeClock)
    await clock.advance(16 * 60)
    with pytest.raises(Unauthenticated, match="expired"):
        await desk.transfers.upload(lambda: old, [upload_of(SMALL)])


async def test_a_storage_service_that_is_not_there_is_named_and_may_come_back() -> None:
    async with HttpTransfers("http://127.0.0.1:9") as transfers:
        with pytest.raises(ObjectsUnavailable, match=r"POST 'http://127.0.0.1:9/transfers/uploads' failed"):
            await transfers.upload(lambda: "token", [upload_of(SMALL)])
