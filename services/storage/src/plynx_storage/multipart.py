"""Uploads above 64 MiB: started with the grant, sent in parts whose addresses come in pages, completed or aborted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plynx_common.domain.errors import Forbidden, InvalidInput
from plynx_common.domain.ids import artifact_key
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.objects import ObjectStore, PresignedRequest
from plynx_storage.catalogue import Artifact

LARGE = 64 * 1024 * 1024
"""Bytes above which an object goes in parts."""
SMALLEST_PART = 16 * 1024 * 1024
MOST_PARTS = 10_000
PAGE = 100
LASTS = timedelta(days=1)
PURPOSE = "multipart upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """What the opaque `upload` of the client stands for: signed, so that nothing has to be kept about it."""

    team: str
    digest: str
    size: int
    id: str
    """The object store's own name for it."""

    @property
    def key(self) -> str:
        return artifact_key(self.team, self.digest)

    @property
    def part_size(self) -> int:
        """Whole MiB; at most 10 000 parts, as S3 allows."""
        mebibyte = 1024 * 1024
        return max(SMALLEST_PART, -(-self.size // MOST_PARTS // mebibyte) * mebibyte)

    @property
    def parts(self) -> int:
        return -(-self.size // self.part_size)

    def size_of(self, part: int) -> int:
        return self.part_size if part < self.parts else self.size - self.part_size * (self.parts - 1)


class MultipartUploads:
    def __init__(self, signer: Signer, objects: ObjectStore, clock: Clock, expires: timedelta) -> None:
        self._signer = signer
        self._objects = objects
        self._clock = clock
        self._expires = expires

    async def start(self, team: str, artifact: Artifact) -> dict[str, Any]:
        key = artifact_key(team, artifact.digest)
        id = await self._objects.multipart_create(key, content_type="application/octet-stream")
        upload = Upload(team, artifact.digest, artifact.size, id)
        claims = {"c": [upload.team, upload.digest, upload.size, upload.id]}
        text = self._signer.sign(PURPOSE, claims, expires_at=self._clock.now() + LASTS)
        return {"upload": text, "part_size": upload.part_size, "parts": upload.parts}

    def parts(self, team: str, text: str, first: int, count: int) -> list[PresignedRequest]:
        """Requests for parts `first…`, at most a page; the same part may be asked for and sent again."""
        upload = self._read(team, text)
        if not 1 <= first <= upload.parts or not 1 <= count <= PAGE:
            raise InvalidInput(
                f"parts {first} and {count - 1} more: expected to start in 1…{upload.parts}, at most {PAGE} at once"
            )
        last = min(first + count - 1, upload.parts)
        return [
            self._objects.presign_part(upload.key, upload.id, part, size=upload.size_of(part), expires=self._expires)
            for part in range(first, last + 1)
        ]

    async def complete(self, team: str, text: str, etags: Sequence[str]) -> None:
        """The object is there afterwards, and can be committed."""
        upload = self._read(team, text)
        if len(etags) != upload.parts:
            raise InvalidInput(f"{len(etags)} ETags for {upload.parts} parts of '{upload.digest}': send one of each")
        await self._objects.multipart_complete(upload.key, upload.id, etags, sha256=upload.digest)

    async def abort(self, team: str, text: str) -> None:
        upload = self._read(team, text)
        await self._objects.multipart_abort(upload.key, upload.id)

    def _read(self, team: str, text: str) -> Upload:
        upload = Upload(*self._signer.verify(PURPOSE, text, now=self._clock.now())["c"])
        if upload.team != team:
            raise Forbidden("this multipart upload belongs to another team")
        return upload
