"""Large uploads: begun or resumed with the grant, sent in parts whose addresses come in pages, completed or aborted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plynx_common.domain.errors import Forbidden, InvalidInput, Unauthenticated
from plynx_common.domain.ids import artifact_key
from plynx_common.domain.tokens import Signer
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.objects import ObjectStore, PresignedRequest
from plynx_storage.catalogue import Artifact

MEBIBYTE = 1024 * 1024
MOST_PARTS = 10_000
"""That S3 takes for one object."""
PAGE = 100
LASTS = timedelta(days=1)
PURPOSE = "multipart upload"


@dataclass(frozen=True, slots=True)
class PartSizes:
    """Bytes."""

    above: int = 64 * MEBIBYTE
    """What is larger goes in parts."""
    part: int = 16 * MEBIBYTE

    def of(self, size: int) -> int:
        """Whole MiB where more is needed, so that the parts are few enough."""
        return max(self.part, -(-size // MOST_PARTS // MEBIBYTE) * MEBIBYTE)


@dataclass(frozen=True, slots=True)
class Upload:
    """What the opaque `upload` of the client stands for: signed, so that nothing has to be kept about it."""

    team: str
    digest: str
    size: int
    id: str
    """The object store's own name for it."""
    part_size: int

    @property
    def key(self) -> str:
        return artifact_key(self.team, self.digest)

    @property
    def parts(self) -> int:
        return -(-self.size // self.part_size)

    def size_of(self, part: int) -> int:
        return self.part_size if part < self.parts else self.size - self.part_size * (self.parts - 1)


class MultipartUploads:
    def __init__(
        self, signer: Signer, objects: ObjectStore, clock: Clock, expires: timedelta, sizes: PartSizes
    ) -> None:
        self._sizes = sizes
        self._signer = signer
        self._objects = objects
        self._clock = clock
        self._expires = expires

    def takes(self, artifact: Artifact) -> bool:
        return artifact.size > self._sizes.above

    async def start(self, team: str, artifact: Artifact, begun: str = "") -> dict[str, Any]:
        """Goes on with the upload that the client has `begun`, if it is still one of this artifact."""
        upload = self._resumed(team, artifact, begun)
        if upload is None:
            key = artifact_key(team, artifact.digest)
            id = await self._objects.multipart_create(key, content_type="application/octet-stream")
            upload = Upload(team, artifact.digest, artifact.size, id, self._sizes.of(artifact.size))
            claims = {"c": [upload.team, upload.digest, upload.size, upload.id, upload.part_size]}
            begun = self._signer.sign(PURPOSE, claims, expires_at=self._clock.now() + LASTS)
        return {"upload": begun, "part_size": upload.part_size, "parts": upload.parts}

    def _resumed(self, team: str, artifact: Artifact, begun: str) -> Upload | None:
        try:
            upload = self._read(team, begun) if begun else None
        except (Forbidden, Unauthenticated):
            return None
        is_of_this = upload is not None and (upload.digest, upload.size) == (artifact.digest, artifact.size)
        return upload if is_of_this else None

    def parts(self, team: str, text: str, first: int, digests: Sequence[str]) -> list[PresignedRequest]:
        """Requests for parts `first…`, at most a page; the same part may be asked for and sent again."""
        upload = self._read(team, text)
        if not 1 <= len(digests) <= PAGE or not 1 <= first <= upload.parts - len(digests) + 1:
            raise InvalidInput(
                f"{len(digests)} parts from {first}: expected 1…{PAGE} at once, within the parts 1…{upload.parts}"
            )
        return [self._part(upload, part, digest) for part, digest in enumerate(digests, first)]

    def _part(self, upload: Upload, part: int, digest: str) -> PresignedRequest:
        size = upload.size_of(part)
        return self._objects.presign_part(upload.key, upload.id, part, size=size, sha256=digest, expires=self._expires)

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
