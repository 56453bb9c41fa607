"""The algebra of queries as SQL over JSON: values are parameters, field paths are checked before they become text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from plynx_common.adapters.document_algebra import is_number, segments
from plynx_common.interfaces.documents import Gte, Has, In, Lt, Prefix, Sort, Where

DOC = "doc"
_TEXT = "= 'text'"
_NUMBER = "IN ('integer', 'real')"
_SQL_INTEGERS = range(-(2**63), 2**63)
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Condition:
    sql: str
    parameters: tuple[Any, ...] = ()


NEVER = Condition("0")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of documents as SQL sees it: its value, and the kind of JSON that it is."""

    value: str
    kind: str | None
    """None for `_id`, which is always text."""
    doc: str
    path: str

    def of_kind(self, test: str) -> str:
        """The rest of a condition: SQLite compares across kinds, and takes `true` for 1 and `[1]` for text."""
        return "" if self.kind is None else f" AND {self.kind} {test}"


def json_path(path: str) -> str:
    """As an SQL literal; `segments` has refused all characters that end one."""
    return "'$" + "".join(f'."{name}"' for name in segments(path)) + "'"


def column(path: str) -> str:
    """The expression that indexes are made of too."""
    return "id" if path == "_id" else f"json_extract({DOC}, {json_path(path)})"


def field(path: str, doc: str = DOC) -> Field:
    if path == "_id":
        return Field("id", None, doc, "'$._id'")
    where = json_path(path)
    return Field(f"json_extract({doc}, {where})", f"json_type({doc}, {where})", doc, where)


def conditions(where: Where, doc: str = DOC) -> list[Condition]:
    return [_condition(field(path, doc), wanted) for path, wanted in where.items()]


def _condition(of: Field, wanted: Any) -> Condition:
    match wanted:
        case None:
            return Condition(f"{of.value} IS NULL")
        case In(values):
            return _is_in(of, values)
        case Lt(value):
            return _compare(of, "<", value)
        case Gte(value):
            return _compare(of, ">=", value)
        case Prefix(value):
            return _begins_with(of, value)
        case Has(value):
            return _has(of, value)
        case _:
            return _compare(of, "=", wanted)


def _compare(of: Field, operator: str, value: Any) -> Condition:
    if isinstance(value, bool):
        kind = "true" if value else "false"
        return NEVER if of.kind is None else Condition(f"{of.value} = {int(value)} AND {of.kind} = '{kind}'")
    if isinstance(value, str):
        return Condition(f"{of.value} {operator} ?{of.of_kind(_TEXT)}", (str(value),))
    return NEVER if of.kind is None else Condition(f"{of.value} {operator} ?{of.of_kind(_NUMBER)}", (_number(value),))


def _is_in(of: Field, values: Sequence[Any]) -> Condition:
    texts = [value for value in values if isinstance(value, str)]
    numbers = [_number(value) for value in values if is_number(value)]
    alternatives = [_compare(of, "=", value) for value in values if isinstance(value, bool)]
    if None in values:
        alternatives.append(Condition(f"{of.value} IS NULL"))
    if texts:
        alternatives.append(_one_of(of, texts, _TEXT))
    if numbers and of.kind is not None:
        alternatives.append(_one_of(of, numbers, _NUMBER))
    return _any_of(alternatives)


def _one_of(of: Field, values: Sequence[Any], kind: str) -> Condition:
    """One parameter for all of them: the statement stays the same, and there may be thousands."""
    if len(values) == 1:
        return Condition(f"{of.value} = ?{of.of_kind(kind)}", (values[0],))
    rows = "(SELECT value FROM json_each(?))"
    return Condition(f"{of.value} IN {rows}{of.of_kind(kind)}", (orjson.dumps(values).decode(),))


def _any_of(alternatives: Sequence[Condition]) -> Condition:
    if not alternatives:
        return NEVER
    if len(alternatives) == 1:
        return alternatives[0]
    sql = " OR ".join(f"({alternative.sql})" for alternative in alternatives)
    return Condition(f"({sql})", tuple(value for alternative in alternatives for value in alternative.parameters))


def _begins_with(of: Field, prefix: str) -> Condition:
    """A range, which an index can serve, and in which no character means anything special."""
    end = _after_all_with(prefix)
    if end is None:
        return Condition(f"{of.value} >= ?{of.of_kind(_TEXT)}", (prefix,))
    return Condition(f"{of.value} >= ? AND {of.value} < ?{of.of_kind(_TEXT)}", (prefix, end))


def _after_all_with(prefix: str) -> str | None:
    """The first text behind all that begin so; None where there is none."""
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return None
    last = ord(stem[-1])
    return stem[:-1] + ("\ue000" if last == 0xD7FF else chr(last + 1))  # surrogates are no characters


def _has(of: Field, value: str | int) -> Condition:
    if of.kind is None:
        return NEVER
    if isinstance(value, bool):
        item = Condition(f"type = '{'true' if value else 'false'}'")
    elif isinstance(value, str):
        item = Condition(f"type {_TEXT} AND value = ?", (str(value),))
    else:
        item = Condition(f"type {_NUMBER} AND value = ?", (_number(value),))
    items = f"SELECT 1 FROM json_each({of.doc}, {of.path}) WHERE {item.sql}"
    return Condition(f"{of.kind} = 'array' AND EXISTS ({items})", item.parameters)


def _number(value: Any) -> Any:
    """SQLite's integers end at 64 bits; it reads larger ones in documents as floats too."""
    if isinstance(value, float) or value in _SQL_INTEGERS:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def order(sort: Sort, doc: str = DOC) -> str:
    direction = "DESC" if sort.descending else "ASC"
    by_id = f"id {direction}"
    return by_id if sort.field == "_id" else f"{field(sort.field, doc).value} {direction}, {by_id}"


def pages(sort: Sort, after: tuple[Any, str] | None, doc: str = DOC) -> list[Condition | None]:
    """What follows a cursor, as ranges to be read one after the other: an OR would keep SQLite from its index."""
    if after is None:
        return [None]
    value, id = after
    beyond = "<" if sort.descending else ">"
    if sort.field == "_id":
        return [Condition(f"id {beyond} ?", (id,))]
    by = field(sort.field, doc).value
    if value is None:
        rest = Condition(f"{by} IS NULL AND id {beyond} ?", (id,))
        return [rest] if sort.descending else [rest, Condition(f"{by} IS NOT NULL")]
    value = cast("Any", str(value) if isinstance(value, str) else _number(value))
    rest = Condition(f"({by}, id) {beyond} (?, ?)", (value, id))
    return [rest, Condition(f"{by} IS NULL")] if sort.descending else [rest]
