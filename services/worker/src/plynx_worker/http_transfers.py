"""Transfers over HTTP: the storage service says where, a plain client moves the bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import aiohttp

from plynx_common.domain.errors import Conflict, ObjectsUnavailable
from plynx_common.messages.nodes import Receipt
from plynx_worker.part_uploads import BLOCK, PartUploads
from plynx_worker.storage_calls import StorageCalls, refusal, side_by_side
from plynx_worker.transfers import Token, Upload

TRIES = 3
"""Of a download whose bytes are not what their digest says."""
MOST_AT_ONCE = 1000
"""Objects that one call may name."""


class HttpTransfers:
    """`Transfers`. Enter it to open its connections."""

    def __init__(self, url: str) -> None:
        self._calls = StorageCalls(url)
        self._parts = PartUploads(self._calls)

    async def __aenter__(self) -> Self:
        await self._calls.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._calls.__aexit__(*error)

    # --- in ------------------------------------------------------------------------------------

    async def download(self, token: Token, targets: Mapping[str, tuple[int, Path | None]]) -> dict[str, bytes]:
        digests = list(targets)
        found: dict[str, bytes] = {}
        for start in range(0, len(digests), MOST_AT_ONCE):
            page = digests[start : start + MOST_AT_ONCE]
            answer = await self._calls.call("downloads", {"token": token(), "digests": page})
            requests: list[tuple[str, dict[str, Any]]] = [(e["digest"], e["request"]) for e in answer["downloads"]]
            contents = await side_by_side(
                self._fetch(digest, request, *targets[digest]) for digest, request in requests
            )
            for (digest, _), content in zip(requests, contents, strict=True):
                found[digest] = content
        return found

    async def _fetch(self, digest: str, request: dict[str, Any], size: int, path: Path | None) -> bytes:
        arrived = ""
        for _ in range(TRIES):
            async with self._calls.sent(request) as response:
                if response.status != 200:
                    raise await refusal(f"artifact '{digest}'", response)
                arrived, content = await _received(response, path)
            if arrived == digest:
                return content
        raise Conflict(
            f"artifact '{digest}' ({size} bytes) arrived {TRIES} times with other bytes, at last with digest "
            f"'{arrived}': what is stored is damaged, run the node that made it again"
        )

    # --- out -----------------------------------------------------------------------------------

    async def upload(self, token: Token, uploads: Sequence[Upload]) -> dict[str, Receipt]:
        by_digest = {upload.digest: upload for upload in uploads}
        objects = [{"digest": u.digest, "size": u.size, "type": u.type} for u in by_digest.values()]
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(objects), MOST_AT_ONCE):
            receipts |= await self._upload_page(token, objects[start : start + MOST_AT_ONCE], by_digest)
        return receipts

    async def _upload_page(
        self, token: Token, objects: list[dict[str, Any]], uploads: Mapping[str, Upload]
    ) -> dict[str, Receipt]:
        asked = [{**entry, **self._parts.begun(entry["digest"])} for entry in objects]
        answer = await self._calls.call("uploads", {"token": token(), "objects": asked})
        missing = {entry["digest"]: entry for entry in answer["uploads"] if entry["state"] != "exists"}
        receipts = {
            entry["digest"]: Receipt(**entry["receipt"]) for entry in answer["uploads"] if entry["state"] == "exists"
        }
        if missing:
            await side_by_side(self._send(token, entry, uploads[digest]) for digest, entry in missing.items())
            receipts |= await self._commit(token, [entry for entry in objects if entry["digest"] in missing])
        return receipts

    async def _commit(self, token: Token, objects: list[dict[str, Any]]) -> dict[str, Receipt]:
        try:
            answer = await self._calls.call("commits", {"token": token(), "objects": objects})
        except Conflict as error:  # bytes that were sent are not there: everything is sent again
            raise ObjectsUnavailable(error.message) from error
        return {entry["digest"]: Receipt(**entry) for entry in answer["receipts"]}

    async def _send(self, token: Token, entry: dict[str, Any], upload: Upload) -> None:
        if entry["state"] == "multipart":
            await self._parts.send(token, entry, upload)
        elif isinstance(upload.content, bytes):
            await self._calls.put(entry["request"], upload.digest, upload.content, upload.size)
        else:
            with upload.content.open("rb") as file:
                await self._calls.put(entry["request"], upload.digest, file, upload.size)


async def _received(response: aiohttp.ClientResponse, path: Path | None) -> tuple[str, bytes]:
    if path is None:
        content = await response.read()
        return sha256(content).hexdigest(), content
    digest = sha256()
    with path.open("wb") as file:
        async for block in response.content.iter_chunked(BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest(), b""
