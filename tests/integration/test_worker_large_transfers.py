"""Artifacts above 64 MiB go in parts, and come back whole, without ever being in memory."""

from __future__ import annotations

import tracemalloc
from hashlib import sha256
from pathlib import Path

from plynx_worker.http_transfers import HttpTransfers
from plynx_worker.transfers import Upload
from tests.unit.storage_parts import SIGNER, TEAM, attempt_token, backends_in, claimed, running, settings_in

MIB = 1024 * 1024
BLOCKS = 70


async def test_a_large_file_is_sent_in_parts_and_read_back_in_blocks(tmp_path: Path) -> None:
    source, digest = tmp_path / "source", sha256()
    with source.open("wb") as file:
        for number in range(BLOCKS):
            block = bytes([number]) * MIB
            digest.update(block)
            file.write(block)
    upload = Upload(digest.hexdigest(), BLOCKS * MIB, "model", source)
    backends = backends_in(tmp_path / "objects")
    async with running(settings_in(tmp_path), backends) as client, HttpTransfers(client.url) as transfers:
        await claimed(backends.documents)
        token = attempt_token(backends.clock, reads=[upload.digest])
        tracemalloc.start()
        receipts = await transfers.upload(lambda: token, [upload])
        assert SIGNER.receipt_is_valid(TEAM, receipts[upload.digest])
        await transfers.download(lambda: token, {upload.digest: (upload.size, tmp_path / "copy")})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sha256((tmp_path / "copy").read_bytes()).hexdigest() == upload.digest
    assert peak < 40 * MIB, "client and server together"
