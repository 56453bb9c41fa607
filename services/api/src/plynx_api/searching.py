"""The language of the search box: words, and tokens such as `author:ann` or `type:graph`.

Words are looked for in names, titles, descriptions and tags; all of them must be there. What stands in quotes is one
word, whatever is in it. Pure: what the store is asked is in `finding.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from plynx_common.domain.errors import InvalidInput, Issue
from plynx_common.domain.issues import Issues, listed
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.operation import OperationStatus
from plynx_common.domain.run import RunState
from plynx_common.domain.types import TYPES


class Kind(StrEnum):
    """What is found."""

    OPERATION = "operation"
    FILE = "file"
    GRAPH = "graph"
    RUN = "run"
    ARTIFACT = "artifact"
    """By its digest only."""


class SortKey(StrEnum):
    UPDATED = "updated"
    CREATED = "created"
    NAME = "name"
    AUTHOR = "author"


SEARCHED = (Kind.OPERATION, Kind.FILE, Kind.GRAPH, Kind.RUN)
MOST_TERMS = 20
_TERM = re.compile(r'([A-Za-z_]+):(?:"([^"]*)"|(\S*))|"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Query:
    words: tuple[str, ...] = ()
    """In small letters."""
    kinds: frozenset[Kind] = frozenset(SEARCHED)
    operation_kind: str | None = None
    author: str | None = None
    status: str | None = None
    tags: tuple[str, ...] = ()
    input_type: str | None = None
    output_type: str | None = None
    original: str | None = None
    """What it was cloned from."""
    sort: SortKey = SortKey.UPDATED
    ascending: bool | None = None
    """None: names from A on, times from now back."""

    @property
    def is_ascending(self) -> bool:
        by_name = self.sort in (SortKey.NAME, SortKey.AUTHOR)
        return by_name if self.ascending is None else self.ascending


class _Refused(Exception):
    """Says what is wrong with a value, and what was expected."""


def parse(text: str) -> Query:
    """Raises `InvalidInput` with an issue for every token that is unknown, or whose value is."""
    query, issues = Query(), Issues()
    terms = list(_TERM.finditer(text))
    if len(terms) > MOST_TERMS:
        raise InvalidInput(f"the search has {len(terms)} words and tokens, at most {MOST_TERMS} are taken")
    for term in terms:
        token = term[1]
        value = next((group for group in term.groups()[1:] if group is not None), "")
        if token is None:
            query = replace(query, words=(*query.words, value.lower())) if value else query
            continue
        apply = TOKENS.get(token)
        if apply is None:
            hint = issues.close_match(token, TOKENS)
            message = f"search token '{token}:' is unknown{hint}; known are {_known()}; quotes make a word of anything"
            issues.error("/query/q", "unknown_token", message)
            continue
        try:
            query = apply(query, value)
        except _Refused as refused:
            issues.error("/query/q", "invalid_token", f"search token '{token}:' {refused}")
    if issues:
        raise InvalidInput(issues[0].message, tuple[Issue, ...](issues))
    return query


def _known() -> str:
    return " ".join(f"{name}:" for name in TOKENS)


def _only(query: Query, *kinds: Kind) -> Query:
    return replace(query, kinds=query.kinds & frozenset(kinds))


def _author(query: Query, value: str) -> Query:
    return replace(query, author=_some(value))


def _status(query: Query, value: str) -> Query:
    statuses, states = {each.value for each in OperationStatus}, {each.value for each in RunState}
    if value not in statuses | states:
        raise _Refused(f"has the value '{value[:40]}': expected one of {listed([*statuses, *states])}")
    kinds = (Kind.OPERATION, Kind.FILE) if value in statuses else (Kind.RUN,)
    return _only(replace(query, status=value), *kinds)


def _tag(query: Query, value: str) -> Query:
    return _only(replace(query, tags=(*query.tags, _some(value))), Kind.OPERATION, Kind.FILE, Kind.GRAPH)


def _type(query: Query, value: str) -> Query:
    """One of the kinds of things, or a kind of operation."""
    if value in SEARCHED:
        return _only(query, Kind(value))
    if value not in KINDS:
        raise _Refused(f"has the value '{value[:40]}': expected one of {listed([*SEARCHED, *KINDS])}")
    return _only(replace(query, operation_kind=value), Kind.OPERATION)


def _input_type(query: Query, value: str) -> Query:
    return _only(replace(query, input_type=_file_type(value)), Kind.OPERATION)


def _output_type(query: Query, value: str) -> Query:
    return _only(replace(query, output_type=_file_type(value)), Kind.OPERATION, Kind.FILE)


def _file_type(value: str) -> str:
    if value not in TYPES:
        raise _Refused(f"has the value '{value[:40]}': expected one of {listed(TYPES, 40)}")
    return value


def _original(query: Query, value: str) -> Query:
    """A run is cloned into a graph: `original:` finds graphs and versions."""
    return _only(replace(query, original=_some(value)), Kind.OPERATION, Kind.FILE, Kind.GRAPH)


def _sort(query: Query, value: str) -> Query:
    if value not in set(SortKey):
        raise _Refused(f"has the value '{value[:40]}': expected one of {listed([*SortKey])}")
    return replace(query, sort=SortKey(value))


def _order(query: Query, value: str) -> Query:
    if value not in ("asc", "desc"):
        raise _Refused(f"has the value '{value[:40]}': expected 'asc' or 'desc'")
    return replace(query, ascending=value == "asc")


def _some(value: str) -> str:
    if not value:
        raise _Refused("has no value: write one behind it, without a space")
    return value


TOKENS: dict[str, Callable[[Query, str], Query]] = {
    "author": _author,
    "status": _status,
    "tag": _tag,
    "type": _type,
    "input_file_type": _input_type,
    "output_file_type": _output_type,
    "sort": _sort,
    "order": _order,
    "original": _original,
}
