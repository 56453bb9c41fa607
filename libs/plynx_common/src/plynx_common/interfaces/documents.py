"""Seam to the document store: single-document compare-and-set in bulks, and a closed algebra of queries.

A `Where` maps field paths (dots descend) to a plain value (equality) or to one operator. All entries must hold.
A field that is absent equals `None`. Values are equal as JSON: 1 is 1.0, and `true` is not 1; a list does not equal
what it holds (that is `Has`), and paths descend into objects only. Numbers compare with numbers and text with text, by
code point; nothing else compares. Documents are plain JSON (`str` keys; datetimes travel as RFC 3339 strings) with
`_id: str`; NaN and infinities are stored as null.

Whatever makes no sense raises `InvalidInput`, before anything is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class In:
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Lt:
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Gte:
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Prefix:
    value: str


@dataclass(frozen=True, slots=True)
class Has:
    """The field is a list that contains the value."""

    value: str | int


Where = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insert:
    """Missed when the `_id` exists."""

    collection: str
    document: Document


@dataclass(frozen=True, slots=True)
class CompareAndSet:
    """Sets (and appends to) named fields of one document if `where` holds; never replaces a document.

    A field set to `None` is stored as null. `append` adds one item at the end of a list field (made when absent).
    Objects on a dotted path are made too; a path through anything else, or an append to what is no list, is a miss.
    """

    collection: str
    id: str
    where: Where
    set: Mapping[str, Any] = field(default_factory=dict[str, Any])
    append: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Delete:
    collection: str
    id: str
    where: Where = field(default_factory=dict[str, Any])


Write = Insert | CompareAndSet | Delete


class Outcome(Enum):
    STORED = "stored"
    MISSED = "missed"
    """The document is not (or no longer) in the state that `where` names, an inserted id exists, or a unique index says
    no."""
    UNKNOWN = "unknown"
    """The store did not say; whoever decides next must read first."""


@dataclass(frozen=True, slots=True)
class Sort:
    """By one field, then by `_id` in the same direction: nothing (absent or null) first, then numbers, then text."""

    field: str = "_id"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """A unique one does not bind documents that lack one of its fields."""

    collection: str
    fields: tuple[str, ...]
    unique: bool = False


class DocumentStore(Protocol):
    """Linearizable per document. Raises `StoreUnavailable` when it cannot answer."""

    async def get(self, collection: str, id: str) -> Document | None: ...

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
        """Documents in sort order; `after` = (value of the sort field, `_id`) of the last one of the page before.

        `fields` returns only these top-level fields (and `_id`).
        """
        ...

    async def count(self, collection: str, where: Where) -> int: ...

    async def write(self, batch: Sequence[Write]) -> list[Outcome]:
        """Applied in order, durable when it returns; not atomic: a crash may cut the batch anywhere.

        Raises `StoreUnavailable` where nothing at all was applied, else each write has its own outcome.
        """
        ...

    async def ensure_indexes(self, indexes: Sequence[Index]) -> None:
        """Raises `Conflict` where documents share what is to be unique."""
        ...

    async def close(self) -> None: ...
