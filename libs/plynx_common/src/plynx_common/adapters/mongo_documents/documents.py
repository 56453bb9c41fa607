"""`MongoDocuments`: reads and bulks of writes on the primary, confirmed by a majority of the replica set."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import pymongo
from pymongo import ASCENDING, IndexModel, ReadPreference
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from plynx_common.adapters.document_algebra import check_collection, check_index, check_query
from plynx_common.adapters.mongo_documents.changes import is_text
from plynx_common.adapters.mongo_documents.connecting import (
    Client,
    Driver,
    Place,
    check_server,
    connect,
    place_of,
    translating,
)
from plynx_common.adapters.mongo_documents.filters import all_of, beyond, conditions, order
from plynx_common.adapters.mongo_documents.writing import MAJORITY, Writer
from plynx_common.domain.errors import Conflict, StoreUnavailable
from plynx_common.interfaces.documents import Document, Index, Outcome, Sort, Where, Write

DATABASE = "plynx"
"""Where the URL names none."""
_PER_ANSWER = 10_000
"""Documents; answers end at 16 MB anyway. MongoDB's own first answer has 101, and each more costs a round trip."""
_INDEX_SECONDS = 3600
"""An index of many documents takes longer than any other call."""
_NOT_NOTHING = {"$type": ["number", "string", "bool", "object", "array"]}


class MongoDocuments:
    """A `DocumentStore` for any number of processes."""

    def __init__(self, client: Client, place: Place) -> None:
        """Use `open`."""
        self._client = client
        self._place = place
        self._confirmed = client.get_default_database(
            DATABASE,
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=MAJORITY,
        )
        self._writer = Writer(client, self._confirmed, place)
        self._is_closed = False

    @classmethod
    async def open(cls, url: str, *, driver: Driver = "motor") -> MongoDocuments:
        """`mongodb://…` or `mongodb+srv://…`. Raises `StoreUnavailable` and `Misconfigured`."""
        place = place_of(url)
        store = cls(connect(url, driver), place)
        try:
            await check_server(store._client, place)
        except BaseException:
            await store.close()
            raise
        return store

    async def get(self, collection: str, id: str) -> Document | None:
        check_collection(collection)
        self._check_open()
        if not is_text(id):
            return None
        with translating(self._place):
            return await self._confirmed[collection].find_one({"_id": id})

    async def find(
        self,
        collection: str,
        where: Where,
        *,
        sort: Sort = Sort(),
        limit: int | None = None,
        after: tuple[Any, str] | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[Document]:
        check_query(collection, where, sort.field, limit, after, fields)
        self._check_open()
        if limit == 0:
            return []
        filters = conditions(where)
        if after is not None:
            filters.append(beyond(sort, after))
        cursor = self._confirmed[collection].find(
            all_of(filters),
            None if fields is None else dict.fromkeys((*fields, "_id"), 1),
            sort=order(sort),
            limit=limit or 0,
            batch_size=_PER_ANSWER if limit is None else limit,
        )
        with translating(self._place):
            return await cursor.to_list(None)

    async def count(self, collection: str, where: Where) -> int:
        check_query(collection, where)
        self._check_open()
        with translating(self._place):
            return await self._confirmed[collection].count_documents(all_of(conditions(where)))

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        self._check_open()
        return await self._writer.write(batch)

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        self._check_open()
        for index in indexes:
            check_index(index)
        with pymongo.timeout(_INDEX_SECONDS):
            for index in indexes:
                await self._ensure_index(index)

    async def close(self) -> None:
        self._is_closed = True
        closing: Any = self._client.close()
        if inspect.isawaitable(closing):  # motor's returns nothing
            await closing

    async def _ensure_index(self, index: Index) -> None:
        collection = self._confirmed[index.collection]
        with translating(self._place):
            try:
                await collection.create_indexes(_models(index))
            except DuplicateKeyError as error:
                raise Conflict(
                    f"documents of '{index.collection}' share their {', '.join(index.fields)}: "
                    "change or delete them before these must be unique"
                ) from error

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable(f"{self._place} is closed: open it again")


def _models(index: Index) -> list[IndexModel]:
    """Each ends with `_id`, as every order does.

    A unique one has another beside it: it knows only the documents that it binds, so that it can serve no query.
    """
    fields = [(field, ASCENDING) for field in index.fields]
    by_id = [] if "_id" in index.fields else [("_id", ASCENDING)]
    models = [IndexModel([*fields, *by_id])]
    if index.unique:
        bound = dict.fromkeys(index.fields, _NOT_NOTHING)
        name = f"{', '.join(index.fields)} unique"
        models.append(IndexModel(fields, name=name, unique=True, partialFilterExpression=bound))
    return models
