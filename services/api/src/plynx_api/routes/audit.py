"""Who signed in, who made and revoked tokens, and what was denied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from plynx_api.context import Context
from plynx_api.pages import Cursor, Limit, Page, decode_cursor, page_of
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View

router = APIRouter(route_class=GuardedRoute, tags=["audit"])


class AuditView(View):
    at: datetime
    action: str
    """Operation id of the route, `sign_in` or `sign_out`."""
    outcome: str
    """`done`, or the code of the problem."""
    who: str | None
    """Null: nobody was signed in."""
    token: str | None
    """Id of the token."""
    address: str
    request: str
    """As the answer's `X-Request-Id`, and the log, have it."""
    about: str | None = None
    """Id of the token that was made or revoked, worker of a pool token, id of a dead letter."""


@router.get("/audit")
async def list_audit(context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[AuditView]:
    """Sign-ins, tokens made and revoked, and denied requests of the team, newest first.

    A repeated denial is there once a minute.
    """
    place = decode_cursor(cursor, 1)
    found = await context.audit.newest(caller.team, limit=limit + 1, before=place[0] if place else None)
    return page_of(found, limit, AuditView.model_validate, _place)


def _place(entry: Mapping[str, Any]) -> tuple[str]:
    return (entry["_id"],)
