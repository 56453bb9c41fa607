"""Every attempt's log ends: where no final log will come, what was archived becomes it, marked as truncated."""

from __future__ import annotations

import hashlib
from typing import Any

import structlog

from plynx_common.domain.ids import artifact_key
from plynx_common.domain.values import to_bytes, to_text
from plynx_common.interfaces.documents import Delete, DocumentStore, Insert, Prefix
from plynx_common.interfaces.objects import ObjectStore
from plynx_common.repositories.logs import ATTEMPT_LOGS, LOG_CHUNKS, attempt_log_document
from plynx_storage.catalogue import Artifact, Catalogue
from plynx_storage.open_logs import OpenLog

INLINE = 16 * 1024
"""Bytes that fit into the document; more becomes an artifact."""
LARGEST = 24 * 1024 * 1024
"""What a worker keeps of a stream, head and tail together."""
LOG_TYPE = "log"
_PAGE = 200
END_MARKER = b"\n[log truncated: the worker was lost before it could send the rest]\n"

log = structlog.get_logger()


class Sealer:
    def __init__(self, documents: DocumentStore, objects: ObjectStore, catalogue: Catalogue) -> None:
        self._documents = documents
        self._objects = objects
        self._catalogue = catalogue

    async def seal(self, known: OpenLog) -> None:
        """Harmless where somebody else did it first."""
        streams = {name: await self._stream(known, name) for name in sorted(known.streams)}
        document = attempt_log_document(known.team, known.run, known.node, known.attempt, streams)
        await self._documents.write([Insert(ATTEMPT_LOGS, document)])
        log.info("log_sealed_truncated", attempt=known.id)

    async def drop_chunks(self, known: OpenLog) -> None:
        """Once the final log is known, and readers in the middle had time to go over to it."""
        while page := await self._documents.find(
            LOG_CHUNKS, {"_id": Prefix(f"{known.id}/")}, limit=_PAGE, fields=("_id",)
        ):
            await self._documents.write([Delete(LOG_CHUNKS, chunk["_id"]) for chunk in page])

    async def _stream(self, known: OpenLog, name: str) -> dict[str, Any]:
        content = bytes(await self._content(known, name))
        digest = hashlib.sha256(content).hexdigest()
        final = {"bytes": len(content), "sha256": digest, "inline": None, "digest": None, "truncated": True}
        if len(content) <= INLINE:
            return {**final, "inline": to_text(content)}
        await self._objects.put(artifact_key(known.team, digest), content, content_type="text/plain")
        await self._catalogue.add(known.team, [Artifact(digest, len(content), LOG_TYPE)], known.id)
        return {**final, "digest": digest}

    async def _content(self, known: OpenLog, name: str) -> bytearray:
        content = bytearray()
        prefix = after = f"{known.id}/{name}/"
        while page := await self._documents.find(
            LOG_CHUNKS,
            {"_id": Prefix(prefix)},
            limit=_PAGE,
            after=(after, after),
            fields=("offset", "data"),
        ):
            for chunk in page:
                # Offsets are the addresses that followers know: a hole is filled, never closed.
                content += gap_marker(chunk["offset"] - len(content))
                content += to_bytes(chunk["data"])[len(content) - chunk["offset"] :]
            after = page[-1]["_id"]
            if len(content) >= LARGEST:
                break
        return content + END_MARKER


def gap_marker(length: int) -> bytes:
    """Exactly `length` bytes that say so; nothing where none are missing."""
    if length <= 0:
        return b""
    text = f"\n[log incomplete: {length} bytes were lost]\n".encode()
    return text + b"." * (length - len(text)) if len(text) <= length else b"?" * length
