"""Stores batches and learns each outcome; what the server did not say is unknown, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog
from bson.errors import BSONError
from pymongo import DeleteOne, InsertOne, UpdateOne, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    BulkWriteError,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern

from plynx_common.adapters.mongo_documents.changes import Bulk, Deletion, bulks
from plynx_common.adapters.mongo_documents.connecting import Client, Place, translated
from plynx_common.adapters.mongo_documents.filters import NOTHING
from plynx_common.domain.errors import InvalidInput
from plynx_common.interfaces.documents import Delete, Document, Outcome, Write

log = structlog.get_logger()

MAJORITY = WriteConcern("majority", j=True)
_PRIMARY = WriteConcern(1)

_TOO_LARGE = 10334
"""The document would be, with what is set or appended."""
_OUTCOMES = {
    None: Outcome.STORED,
    11000: Outcome.MISSED,  # an `_id`, or what must be unique, is there already
    54: Outcome.MISSED,  # an upsert found no document, and may not guess an `_id`
    _TOO_LARGE: Outcome.MISSED,
}
"""By the code of the error."""
_NOTHING_SENT = (ServerSelectionTimeoutError, InvalidOperation)
_NOT_ALLOWED = frozenset((13, 18, 8000))

_Collection = AsyncCollection[Document]


class Writer:
    def __init__(self, client: Client, database: AsyncDatabase[Document], place: Place) -> None:
        self._client = client
        self._database = database
        self._place = place

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        """Only the last bulk waits for the majority and its disks: it confirms what went before, too.

        That holds as long as all of them went to one primary in one term of office. Raises what `translated` does
        where nothing was applied, and `InvalidInput`.
        """
        outcomes = [Outcome.MISSED] * len(batch)
        waiting = bulks(batch)
        term = self._term()
        for bulk in waiting:
            waits = term is None or bulk is waiting[-1]
            try:
                found = await self._store(bulk, MAJORITY if waits else _PRIMARY, is_alone=len(batch) == 1)
            except (PyMongoError, BSONError) as error:
                if bulk is waiting[0] and _is_certain(error):
                    raise translated(error, self._place) from error
                return self._unknown(waiting, outcomes, str(translated(error, self._place)))
            for place, outcome in zip(bulk.places.values(), found, strict=True):
                outcomes[place] = outcome
        if len(waiting) > 1 and self._term() != term:
            return self._unknown(waiting, outcomes, "another server became primary meanwhile")
        return outcomes

    def _term(self) -> Any:
        """Of the newest primary that the driver has met, and it sends to no older one; None where it cannot say."""
        return self._client.topology_description.max_election_id

    def _unknown(self, waiting: Sequence[Bulk], outcomes: list[Outcome], reason: str) -> list[Outcome]:
        for bulk in waiting:
            for place in bulk.places.values():
                outcomes[place] = Outcome.UNKNOWN
        log.warning("documents_write_unknown", reason=reason, writes=len(outcomes))
        return outcomes

    async def _store(self, bulk: Bulk, concern: WriteConcern, *, is_alone: bool) -> list[Outcome]:
        collection = self._database.get_collection(
            bulk.collection, write_concern=concern, read_concern=ReadConcern("local")
        )
        if bulk.kind is Delete:
            return await _deleted(collection, bulk)
        try:
            operations = cast("list[InsertOne[Document] | UpdateOne]", bulk.operations)
            result = (await collection.bulk_write(operations, ordered=False)).bulk_api_result
        except BulkWriteError as error:
            result = cast("Document", error.details)
            if result["writeConcernErrors"]:
                raise
            _tell_too_large(bulk, result["writeErrors"], is_alone=is_alone)
        return _outcomes(bulk, result)


def _outcomes(bulk: Bulk, result: Document) -> list[Outcome]:
    codes = {error["index"]: error["code"] for error in result["writeErrors"]}
    if result["nInserted"] + result["nMatched"] + len(codes) != len(bulk.operations):
        return [Outcome.UNKNOWN] * len(bulk.operations)
    return [_OUTCOMES.get(codes.get(index), Outcome.UNKNOWN) for index in range(len(bulk.operations))]


async def _deleted(collection: _Collection, bulk: Bulk) -> list[Outcome]:
    """MongoDB tells how many it deleted: of several, those that are there are asked for first."""
    filters = [operation.filter for operation in bulk.operations if isinstance(operation, Deletion)]
    ids = list(bulk.places)
    if len(filters) == 1:
        there = set(ids)
    else:
        there = {document["_id"] for document in await collection.find({"$or": filters}, {"_id": 1}).to_list(None)}
    deletions = [DeleteOne(chosen) for id, chosen in zip(ids, filters, strict=True) if id in there]
    nothing = DeleteOne({"_id": NOTHING})
    count = (await collection.bulk_write(deletions or [nothing], ordered=False)).deleted_count
    if count == len(deletions):
        return [Outcome.STORED if id in there else Outcome.MISSED for id in ids]
    return [Outcome.MISSED if count == 0 else Outcome.UNKNOWN] * len(ids)


def _tell_too_large(bulk: Bulk, errors: Sequence[Document], *, is_alone: bool) -> None:
    """A write that is alone is refused; beside others, which may be stored, it is a miss."""
    ids = list(bulk.places)
    for error in errors:
        if error["code"] == _TOO_LARGE:
            reason = (
                f"'{ids[error['index']]}' in '{bulk.collection}' would have more than 16 MiB, and MongoDB stores no "
                "larger documents: make it smaller, or keep large values as artifacts"
            )
            if is_alone:
                raise InvalidInput(reason)
            log.warning("documents_change_too_large", reason=reason)


def _is_certain(error: Exception) -> bool:
    """That nothing was applied."""
    return isinstance(error, _NOTHING_SENT) or (isinstance(error, OperationFailure) and error.code in _NOT_ALLOWED)
