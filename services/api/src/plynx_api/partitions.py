"""How many partitions the store was made with: fixed by the first scheduler, asked once."""

from __future__ import annotations

from plynx_common.domain.errors import StoreUnavailable
from plynx_common.domain.ids import partition_of
from plynx_common.interfaces.documents import DocumentStore

PLATFORM = "platform"


class Partitions:
    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._count: int | None = None

    async def of(self, run: str) -> int:
        """Raises `StoreUnavailable` where no scheduler has ever started on this store."""
        if self._count is None:
            found = await self._documents.get(PLATFORM, "partitions")
            if found is None:
                raise StoreUnavailable("no scheduler has started on this store yet: start one, then submit again")
            self._count = int(found["count"])
        return partition_of(run, self._count)
