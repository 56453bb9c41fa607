"""The search box."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from plynx_api.context import Context
from plynx_api.finding import Hit, find, place_of
from plynx_api.pages import Cursor, Limit, Page, decode_cursor, encode_cursor
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.searching import TOKENS, Kind, parse

router = APIRouter(route_class=GuardedRoute, prefix="/search", tags=["search"])

LONGEST_SEARCH = 500
LANGUAGE = f"Words, and tokens: {' '.join(f'{name}:' for name in TOKENS)}"


class SearchPage(Page[Hit]):
    more: list[Kind]
    """Of these only the newest 1000 that the tokens leave were looked at: narrow the search."""


@router.get("")
async def search(
    context: Context,
    caller: Caller,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH, description=LANGUAGE)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SearchPage:
    """Operations, files, graphs and runs by words and tokens; the thing itself by its id, reference or digest.

    All words must be in its id, name, title, description, tags or labels; quotes make one word of several. `type:` is
    `operation`, `file`, `graph`, `run` or a kind of operation; `sort:` is `updated`, `created`, `name` or `author`;
    `order:` is `asc` or `desc`; `original:` names what something was cloned from.
    """
    query = parse(q)
    place = decode_cursor(cursor, 3)
    found = await find(context.backends.documents, caller, query)
    hits = found.hits
    if place is not None:
        hits = [hit for hit in hits if _is_behind(place_of(hit, query), place, is_ascending=query.is_ascending)]
    shown = hits[:limit]
    following = encode_cursor(place_of(shown[-1], query)) if len(hits) > limit else None
    return SearchPage(items=shown, next=following, more=found.more)


def _is_behind(one: tuple[str, ...], other: tuple[str, ...], *, is_ascending: bool) -> bool:
    return one > other if is_ascending else one < other
