"""What paths, conditions and changes of documents mean: pure functions that the embedded stores share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import orjson

from plynx_common.domain.errors import InvalidInput
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    Gte,
    Has,
    In,
    Index,
    Insert,
    Lt,
    Prefix,
    Where,
)

Path = tuple[str, ...]

_COLLECTION = re.compile(r"(?!sqlite_)[a-z][a-z0-9_]{0,62}")
_SEGMENT = re.compile(r"[^.\"'\\$\x00-\x1f\x7f]+")
# Datetimes and dataclasses have domain forms of their own: whoever hands them in forgot to use them.
_JSON_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_PLAIN = frozenset((str, int, float, bool, type(None)))


@lru_cache(maxsize=8192)
def segments(path: str) -> Path:
    """Raises `InvalidInput` for what is no field path."""
    found = tuple(path.split("."))
    if not all(_SEGMENT.fullmatch(segment) for segment in found):
        raise InvalidInput(f"'{path}' is no field path: expected names joined by dots, without quotes, '$' and '\\'")
    return found


@lru_cache(maxsize=1024)
def check_collection(name: str) -> None:
    """Raises `InvalidInput`."""
    if not _COLLECTION.fullmatch(name):
        raise InvalidInput(f"'{name}' is no name of a collection: expected small letters, digits and '_'")


def value_at(document: Document, path: str) -> Any:
    """`None` where there is nothing; paths descend into objects only."""
    if "." not in path:
        return document.get(path)
    found: Any = document
    for name in segments(path):
        if not isinstance(found, dict):
            return None
        found = cast("Document", found).get(name)
    return found


def matches(document: Document, where: Where) -> bool:
    for path, wanted in where.items():
        found = document.get(path) if "." not in path else value_at(document, path)
        test = _TESTS.get(wanted.__class__, is_equal)
        if not test(found, wanted):
            return False
    return True


def is_equal(found: Any, wanted: Any) -> bool:
    """As JSON: 1 is 1.0, and `true` is not 1."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _is_in(found: Any, wanted: In) -> bool:
    return any(is_equal(found, value) for value in wanted.values)


def _is_below(found: Any, wanted: Lt) -> bool:
    return is_comparable(found, wanted.value) and found < wanted.value


def _is_at_least(found: Any, wanted: Gte) -> bool:
    return is_comparable(found, wanted.value) and found >= wanted.value


def _begins_with(found: Any, wanted: Prefix) -> bool:
    return isinstance(found, str) and found.startswith(wanted.value)


def _has(found: Any, wanted: Has) -> bool:
    return isinstance(found, list) and any(is_equal(item, wanted.value) for item in cast("list[Any]", found))


_TESTS: dict[type, Callable[[Any, Any], bool]] = {
    In: _is_in,
    Lt: _is_below,
    Gte: _is_at_least,
    Prefix: _begins_with,
    Has: _has,
}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_comparable(found: Any, value: Any) -> bool:
    """Text compares with text (by code point) and numbers with numbers; nothing else compares."""
    return isinstance(found, str) if isinstance(value, str) else is_number(found)


def sort_key(value: Any) -> tuple[int, Any]:
    """Nothing first, then numbers, then text. Other values stand where SQLite puts them."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, value if isinstance(value, str) else orjson.dumps(value).decode())


def changed(document: Document, fields: Mapping[str, Any], append: Mapping[str, Any]) -> Document | None:
    """A new document with the change; shares what has not changed with the old one.

    `None` where a path leads through something that is no object, or appends to something that is no list.
    """
    after = dict(document)
    for path, value in fields.items():
        if "." not in path:
            after[path] = value
        elif not _put(after, segments(path), value):
            return None
    for path, item in append.items():
        before = value_at(after, path)
        if not (before is None or isinstance(before, list)):
            return None
        items = [*cast("list[Any]", before or []), item]
        if not _put(after, segments(path), items):
            return None
    return after


def _put(document: Document, path: Path, value: Any) -> bool:
    """Copies each object on the way, so that the old document keeps its own."""
    for name in path[:-1]:
        inner = document.get(name)
        if not (inner is None or isinstance(inner, dict)):
            return False
        document[name] = dict(cast("Document", inner or {}))
        document = document[name]
    document[path[-1]] = value
    return True


def encoded(value: Any, what: str, id: str, collection: str) -> bytes:
    """JSON; raises `InvalidInput` that names `what` and its first field that is none."""
    try:
        return orjson.dumps(value, option=_JSON_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise InvalidInput(f"{what} '{id}' in '{collection}' is no plain JSON: {_culprit(value, error)}") from error


def _culprit(value: Any, error: Exception) -> str:
    for name, inner in cast("Mapping[Any, Any]", value).items() if isinstance(value, Mapping) else ():
        try:
            orjson.dumps({name: inner}, option=_JSON_OPTIONS)
        except orjson.JSONEncodeError as inner_error:
            return f"field {name!r} holds {_short(inner)} ({inner_error})"
    return str(error)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def document_id(write: Insert) -> str:
    """Raises `InvalidInput`."""
    check_collection(write.collection)
    id = write.document.get("_id")
    if not isinstance(id, str) or not id or "\0" in id:
        raise InvalidInput(f"a document for '{write.collection}' has the _id {id!r}: expected text, not empty")
    return id


def encoded_document(write: Insert) -> bytes:
    return encoded(write.document, "document", document_id(write), write.collection)


def encoded_change(write: CompareAndSet | Delete) -> tuple[Document, Document]:
    """What is set and what is appended, shared with nobody. Raises `InvalidInput`."""
    check_collection(write.collection)
    check_where(write.where)
    if isinstance(write, Delete):
        return {}, {}
    check_changed_paths(tuple(write.set), tuple(write.append))
    fields: Document = orjson.loads(encoded(write.set, "the change of", write.id, write.collection))
    if not write.append:
        return fields, {}
    return fields, orjson.loads(encoded(write.append, "the change of", write.id, write.collection))


@lru_cache(maxsize=8192)
def check_changed_paths(set_paths: Path, appended: Path) -> None:
    """Raises `InvalidInput`."""
    paths = sorted(segments(path) for path in (*set_paths, *appended))
    if any(path[0] == "_id" for path in paths):
        raise InvalidInput("a change sets '_id', which never changes: insert another document instead")
    for path, following in pairwise(paths):
        if following[: len(path)] == path:
            raise InvalidInput(f"a change names '{'.'.join(path)}' and something in it: change each field once")


def check_where(where: Where) -> None:
    """Raises `InvalidInput` for what the algebra does not know."""
    for path, wanted in where.items():
        segments(path)
        if type(wanted) not in _PLAIN and not _is_known(wanted):
            raise InvalidInput(
                f"'{path}' is compared with {_short(wanted)}: expected text, a number, a boolean, None or an operator"
            )


def _is_known(wanted: Any) -> bool:
    match wanted:
        case In(values):
            return all(isinstance(value, str | int | float | None) for value in values)
        case Lt(value) | Gte(value):
            return isinstance(value, str) or is_number(value)
        case Has(value):
            return isinstance(cast("Any", value), str | int)
        case Prefix(value):
            return isinstance(cast("Any", value), str)
        case _:
            return isinstance(wanted, str | int | float)


def check_index(index: Index) -> None:
    """Raises `InvalidInput`."""
    check_collection(index.collection)
    if not index.fields:
        raise InvalidInput(f"an index of '{index.collection}' has no fields: name at least one")
    for field in index.fields:
        segments(field)


def check_query(
    collection: str,
    where: Where,
    sort_field: str = "_id",
    limit: int | None = None,
    after: tuple[Any, str] | None = None,
    fields: Sequence[str] | None = None,
) -> None:
    """Raises `InvalidInput`."""
    check_collection(collection)
    check_where(where)
    segments(sort_field)
    for field in fields or ():
        if len(segments(field)) > 1:
            raise InvalidInput(f"'{field}' lies inside of a field: only whole fields can be asked for")
    if limit is not None and limit < 0:
        raise InvalidInput(f"limit {limit} is below zero: expected how many documents at most, or None for all")
    if after is not None and not _is_cursor(after):
        raise InvalidInput(f"{_short(after)} is no cursor: expected the last document's sort value and its _id")
    check_text(where, after)


def _is_cursor(after: tuple[Any, Any]) -> bool:
    return isinstance(after[0], str | int | float | None) and isinstance(after[1], str)


def check_text(where: Where, after: tuple[Any, str] | None) -> None:
    """Lone surrogates are in no document, and no database takes them."""
    try:
        for value in (*where.values(), *(after or ())):
            if isinstance(value, str):
                value.encode()
            elif isinstance(value, In):
                "".join(item for item in value.values if isinstance(item, str)).encode()
            elif isinstance(value, Lt | Gte | Prefix | Has) and isinstance(value.value, str):
                value.value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"a query holds text that is no Unicode: {error.reason} at {error.start}") from None


def projected(document: Document, fields: Sequence[str] | None) -> Document:
    """Only these top-level fields, and `_id`."""
    if fields is None:
        return document
    kept = {name: document[name] for name in fields if name in document}
    kept["_id"] = document["_id"]
    return kept
