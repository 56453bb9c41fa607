"""The artifacts of one team as the catalogue has them; the storage service writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_common.domain.errors import NotFound
from plynx_common.domain.ids import DIGEST
from plynx_common.domain.values import parse_timestamp
from plynx_common.interfaces.documents import Document, DocumentStore, In, Sort

ARTIFACTS = "artifacts"
_LIVE = "live"


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    team: str
    digest: str
    size: int
    type: str
    created_at: datetime
    created_by: str


class Artifacts:
    """Sees one team only: what belongs to others does not exist."""

    def __init__(self, documents: DocumentStore, team: str) -> None:
        self._documents = documents
        self._team = team

    async def get(self, digest: str) -> StoredArtifact:
        """Raises `NotFound`, also for another team's and for what is being deleted."""
        document = await self._documents.get(ARTIFACTS, f"{self._team}/{digest}") if DIGEST.fullmatch(digest) else None
        if document is None or document["team"] != self._team or document["state"] != _LIVE:
            raise NotFound(f"there is no artifact '{digest}'")
        return _from_document(document)

    async def get_many(self, digests: Iterable[str]) -> dict[str, StoredArtifact]:
        """By digest; what is not there is left out."""
        ids = tuple(f"{self._team}/{digest}" for digest in dict.fromkeys(digests))
        where = {"_id": In(ids), "team": self._team, "state": _LIVE}
        found = await self._documents.find(ARTIFACTS, where) if ids else []
        return {document["digest"]: _from_document(document) for document in found}

    async def list(
        self, where: Mapping[str, Any] | None = None, *, limit: int = 50, after: tuple[str, str] | None = None
    ) -> list[StoredArtifact]:
        """Newest first. `where`: type, created_by. `after` = (`created_at`, `<team>/<digest>`) of the last one."""
        scoped = {**(where or {}), "team": self._team, "state": _LIVE}
        sort = Sort("created_at", descending=True)
        found = await self._documents.find(ARTIFACTS, scoped, sort=sort, limit=limit, after=after)
        return [_from_document(document) for document in found]


def _from_document(document: Document) -> StoredArtifact:
    return StoredArtifact(
        team=document["team"],
        digest=document["digest"],
        size=document["size"],
        type=document["type"],
        created_at=parse_timestamp(document["created_at"]),
        created_by=document["created_by"],
    )
