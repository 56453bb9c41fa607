"""Cursor pages: `{items, next}`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, cast

import orjson
from fastapi import Query
from pydantic import BaseModel

from plynx_common.domain.errors import InvalidInput

MOST = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="Things on a page.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")]

T = TypeVar("T")
S = TypeVar("S")


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = None
    """Cursor of the next page; null on the last one."""


def page_of(found: Sequence[S], limit: int, view: Callable[[S], T], place: Callable[[S], Sequence[str]]) -> Page[T]:
    """`found` has one more than `limit` where there is a next page; `place` is what the next one comes after."""
    shown = found[:limit]
    more = encode_cursor(place(shown[-1])) if len(found) > limit else None
    return Page[Any](items=[view(thing) for thing in shown], next=more)


def encode_cursor(place: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, fields: int) -> tuple[str, ...] | None:
    """Raises `InvalidInput` for anything that is no cursor of ours."""
    if cursor is None:
        return None
    try:
        place: Any = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or [type(value) for value in cast("list[Any]", place)] != [str] * fields:
        raise InvalidInput(f"cursor '{cursor[:40]}' is none: pass 'next' of the page before as it came")
    return tuple(cast("list[str]", place))


def after(cursor: str | None) -> tuple[str, str] | None:
    """For lists that are sorted by one field and then by id."""
    place = decode_cursor(cursor, 2)
    return None if place is None else (place[0], place[1])
