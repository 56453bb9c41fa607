"""Cache entries of one team, for who explains: the scheduler writes them, and looks its own keys up in batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.documents import Document, DocumentStore, In, Sort

CACHE = "cache"
_FIELDS = ("key", "run", "node", "attempt", "components", "created_at")
"""Everything but the outputs."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    key: str
    run: str
    node: str
    attempt: str
    """`<run>/<node>/<number>` that made the outputs."""
    components: dict[str, str]
    """What the key is made of, for `explain_difference`."""
    created_at: datetime


class CacheEntries:
    """Sees one team only."""

    def __init__(self, documents: DocumentStore, team: str) -> None:
        self._documents = documents
        self._team = team

    async def get_many(self, keys: Iterable[str]) -> dict[str, CacheEntry]:
        """By key; what is not there is left out."""
        ids = tuple(f"{self._team}/{key}" for key in dict.fromkeys(keys))
        found = await self._documents.find(CACHE, {"_id": In(ids)}, fields=_FIELDS) if ids else []
        return {document["key"]: _from_document(document) for document in found}

    async def outputs(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Artifacts by output name, of the entries that a run would take; by key."""
        ids = tuple(f"{self._team}/{key}" for key in dict.fromkeys(keys))
        fields = ("key", "outputs", "invalid")
        found = await self._documents.find(CACHE, {"_id": In(ids)}, fields=fields) if ids else []
        return {document["key"]: document["outputs"] for document in found if not document.get("invalid")}

    async def before(self, operation: str, moment: datetime, *, limit: int) -> list[CacheEntry]:
        """Of any version of an operation (by its bare name), stored before `moment`, the newest first."""
        found = await self._documents.find(
            CACHE,
            {"team": self._team, "name": operation},
            sort=Sort("created_at", descending=True),
            limit=limit,
            after=(timestamp(moment), ""),
            fields=_FIELDS,
        )
        return [_from_document(document) for document in found]


def _from_document(document: Document) -> CacheEntry:
    fields = {name: document[name] for name in _FIELDS if name != "created_at"}
    return CacheEntry(**fields, created_at=parse_timestamp(document["created_at"]))
