"""The algebra of queries as MongoDB's filters.

MongoDB looks into lists by itself, for values (`{"x": 1}` finds `[1]`) and on paths (`"x.y"` finds `[{"y": 1}]`): here
each condition says that it does not want that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, isfinite
from typing import Any

from plynx_common.adapters.document_algebra import is_number, segments
from plynx_common.interfaces.documents import Gte, Has, In, Lt, Prefix, Sort, Where

Filter = dict[str, Any]

LIST: Filter = {"$type": "array"}
NOT_LIST: Filter = {"$not": LIST}
NOTHING: Filter = {"$in": []}
"""A condition that no value fulfils."""
_BSON_INTEGERS = range(-(2**63), 2**63)
_LAST_CHARACTER = "\U0010ffff"


def all_of(conditions: Iterable[Filter]) -> Filter:
    """One filter: flat where no two conditions speak about the same field, as most do not."""
    found: Filter = {}
    others: list[Filter] = []
    for condition in conditions:
        if found.keys().isdisjoint(condition):
            found.update(condition)
        else:
            others.append(condition)
    return {**found, "$and": others} if others else found


def conditions(where: Where) -> list[Filter]:
    return [_condition(path, wanted) for path, wanted in where.items()]


def parents(path: str) -> list[str]:
    """The paths of the objects that `path` leads through."""
    names = segments(path)
    return [".".join(names[:end]) for end in range(1, len(names))]


def _condition(path: str, wanted: Any) -> Filter:
    if path == "_id":
        return {path: _test(wanted)}
    if wanted.__class__ is str and "." not in path:  # as most are: the general way takes four times as long
        return {path: {"$eq": wanted, **NOT_LIST}}
    condition = {path: _test(wanted) if isinstance(wanted, Has) else {**_test(wanted), **NOT_LIST}}
    if "." not in path:
        return condition
    if wanted is None or (isinstance(wanted, In) and None in wanted.values):
        return {"$or": [condition, *({parent: LIST} for parent in parents(path))]}
    return {**dict.fromkeys(parents(path), NOT_LIST), **condition}


def _test(wanted: Any) -> Filter:
    match wanted:
        case In(values):
            return {"$in": [_storable(value) for value in values if _is_storable(value)]}
        case Lt(value):
            return _compared("$lt", value)
        case Gte(value):
            return _compared("$gte", value)
        case Prefix(value):
            return _begins_with(value)
        case Has(value):
            return {"$elemMatch": _equals(value)}
        case _:
            return _equals(wanted)


def _equals(value: Any) -> Filter:
    return {"$eq": _storable(value)} if _is_storable(value) else NOTHING


def _is_storable(value: Any) -> bool:
    """Large integers are not, unless a float equals them; and nothing equals what is no number."""
    return not is_number(value) or (_storable(value) == value and isfinite(value))


def _storable(value: Any) -> Any:
    if not isinstance(value, int) or value in _BSON_INTEGERS:
        return value
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _compared(operator: str, value: str | float) -> Filter:
    """`$lt`, `$gt` or `$gte`, also where the value is an integer that MongoDB has no room for."""
    nearest = _storable(value)
    if isinstance(value, int) and nearest != value:
        # No stored number lies between the two, but one may equal the nearest.
        is_above = nearest > value
        operator = ("$lt" if is_above else "$lte") if operator == "$lt" else ("$gte" if is_above else "$gt")
    return {operator: nearest}


def _begins_with(prefix: str) -> Filter:
    """A range, which an index can serve, and in which no character means anything special."""
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return {"$gte": prefix}
    last = ord(stem[-1])
    end = stem[:-1] + ("\ue000" if last == 0xD7FF else chr(last + 1))  # surrogates are no characters
    return {"$gte": prefix, "$lt": end}


def order(sort: Sort) -> list[tuple[str, int]]:
    """MongoDB's own order is the seam's: nothing, numbers, text by its bytes in UTF-8."""
    direction = -1 if sort.descending else 1
    return [("_id", direction)] if sort.field == "_id" else [(sort.field, direction), ("_id", direction)]


def beyond(sort: Sort, after: tuple[Any, str]) -> Filter:
    """What follows a cursor."""
    value, id = after
    operator = "$lt" if sort.descending else "$gt"
    following: Filter = {"_id": {operator: id}}
    if sort.field == "_id":
        return following
    kinds: Sequence[Filter] = [{sort.field: None}, {sort.field: {"$gte": -inf}}, {sort.field: {"$gte": ""}}]
    kind = 0 if value is None else 1 if is_number(value) else 2
    alternatives = [{sort.field: _equals(value), **following}]
    if value is not None:
        alternatives.append({sort.field: _compared(operator, value)})
    alternatives += kinds[:kind] if sort.descending else kinds[kind + 1 :]
    return {"$or": alternatives}
