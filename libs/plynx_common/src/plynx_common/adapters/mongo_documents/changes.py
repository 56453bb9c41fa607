"""A batch of writes as bulks of MongoDB, each of one collection and one kind, in the batch's order.

MongoDB tells how many updates of a bulk found their document, and not which. An upsert however that finds none fails,
with its place in the bulk, where its filter names a part of `_id` ("Upsert with Dotted _id Query" in MongoDB's
manual): so each compare-and-set is one that can never insert, and one round trip tells the outcome of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from bson import encode
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, UpdateOne

from plynx_common.adapters.document_algebra import (
    check_text,
    document_id,
    encoded_change,
    encoded_document,
    matches,
)
from plynx_common.adapters.mongo_documents.filters import LIST, NOT_LIST, Filter, all_of, conditions, parents
from plynx_common.domain.errors import InvalidInput
from plynx_common.interfaces.documents import CompareAndSet, Delete, Document, Insert, Where, Write

LARGEST = 16 * 1024 * 1024
DEEPEST = 100
_NEVER_INSERTS: Filter = {"_id.~": None}
"""True of every document, whose `_id` is text: and an upsert must not guess what `_id` is made of."""


@dataclass(frozen=True, slots=True)
class Deletion:
    filter: Filter


Operation = InsertOne[Any] | UpdateOne | Deletion


@dataclass(slots=True)
class Bulk:
    """Writes of one kind to different documents of one collection, in order."""

    collection: str
    kind: type[Write]
    places: dict[str, int] = field(default_factory=dict[str, int])
    """By `_id`, where in the batch the write stands."""
    operations: list[Operation] = field(default_factory=list[Operation])

    def takes(self, write: Write, id: str) -> bool:
        return self.kind is type(write) and self.collection == write.collection and id not in self.places


def bulks(batch: Sequence[Write]) -> list[Bulk]:
    """Shares nothing with the caller; without what can only miss. Raises `InvalidInput`."""
    found: list[Bulk] = []
    for place, write in enumerate(batch):
        if isinstance(write, Insert):
            id, operation = document_id(write), _insertion(write)
        else:
            id, operation = write.id, _change(write)
        if operation is None:
            continue
        if not found or not found[-1].takes(write, id):
            found.append(Bulk(write.collection, type(write)))
        found[-1].operations.append(operation)
        found[-1].places[id] = place
    return found


def is_text(id: str) -> bool:
    """False for lone surrogates: no document has such an `_id`."""
    try:
        id.encode()
    except UnicodeEncodeError:
        return False
    return True


def _insertion(write: Insert) -> Operation:
    json = encoded_document(write)
    what = f"document '{write.document['_id']}' in '{write.collection}'"
    return InsertOne(_bson(orjson.loads(json), json, what))


def _change(write: CompareAndSet | Delete) -> Operation | None:
    """None where no document can be meant."""
    content, append = encoded_change(write)
    check_text(write.where, None)
    chosen = _chosen(write.id, write.where)
    if chosen is None:
        return None
    if isinstance(write, Delete):
        return Deletion(all_of(chosen))
    what = f"the change of '{write.id}' in '{write.collection}'"
    if append or any("." in path for path in content):
        chosen += _ways(content, append)
        update: Any = _pipeline(content, append, what)
    else:
        update = {"$set": _bson(content, orjson.dumps(content), what)}
    return UpdateOne(all_of([_NEVER_INSERTS, *chosen]), update, upsert=True)


def _chosen(id: str, where: Where) -> list[Filter] | None:
    """None where no document can be meant."""
    if not is_text(id):
        return None
    if "_id" in where:
        if not matches({"_id": id}, {"_id": where["_id"]}):
            return None
        where = {path: wanted for path, wanted in where.items() if path != "_id"}
    return [{"_id": id}, *conditions(where)]


def _ways(content: Document, append: Document) -> list[Filter]:
    """Paths lead through objects and what can become one; lists are appended to, and what can become one."""
    outer = dict.fromkeys(parent for path in (*content, *append) for parent in parents(path))
    found: list[Filter] = []
    for path in outer:
        found += [{path: NOT_LIST}, {"$or": [{path: {"$type": "object"}}, {path: None}]}]
    found += [{"$or": [{path: LIST}, {path: None}]} for path in append]
    return found


def _pipeline(content: Document, append: Document, what: str) -> list[Filter]:
    """MongoDB's `$set` and `$push` refuse null where an object or a list could be made; its expressions do not."""
    sets: Document = {path: {"$literal": value} for path, value in content.items()}
    for path, item in append.items():
        sets[path] = {"$concatArrays": [{"$ifNull": [f"${path}", []]}, [{"$literal": item}]]}
    return [{"$set": _bson(sets, orjson.dumps(sets), what)}]


def _bson(content: Document, json: bytes, what: str) -> RawBSONDocument:
    """Raises `InvalidInput` for what JSON has room for and MongoDB has not."""
    if json.count(b"{") + json.count(b"[") > DEEPEST and _depth(content) > DEEPEST:
        raise InvalidInput(f"{what} nests deeper than {DEEPEST} levels, which is all that MongoDB stores: flatten it")
    try:
        found = encode(content)
    except (BSONError, OverflowError) as error:
        raise InvalidInput(f"{what} is nothing that MongoDB can store: {_culprit(content, error)}") from error
    if len(found) > LARGEST:
        raise InvalidInput(
            f"{what} has {len(found) / 2**20:.1f} MiB, and MongoDB stores 16 MiB in a document: make it smaller, "
            "or keep large values as artifacts"
        )
    return RawBSONDocument(found)


def _culprit(content: Document, error: Exception) -> str:
    for name, value in content.items():
        try:
            encode({name: value})
        except (BSONError, OverflowError) as inner:
            return f"field {name!r} ({inner})"
    return str(error)


def _depth(value: Any) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, cast("Document", value).values()), default=0)
        case list():
            return 1 + max(map(_depth, cast("list[Any]", value)), default=0)
        case _:
            return 0
