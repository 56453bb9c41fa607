"""Who asks: a bearer token or a browser's session; and whether they may, by the one table."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.requests import HTTPConnection

from plynx_api.auditing import address_of
from plynx_api.context import ApiContext
from plynx_api.policy import PUBLIC, ROUTE_POLICY, SIGNED_IN
from plynx_api.refusals import CrossSite
from plynx_common.domain.access import Principal, Thing, authorize
from plynx_common.domain.errors import Forbidden, Unauthenticated
from plynx_common.domain.tokens import parse_api_token

PLAIN_COOKIE = "plynx_session"
SECURE_COOKIE = "__Host-plynx_session"
"""Over https: bound to this host, and never sent in the clear."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOW = "send 'Authorization: Bearer plx_…'; the first start of a platform leaves a token in client.json of PLYNX_HOME"


async def principal_of(connection: HTTPConnection, context: ApiContext) -> Principal:
    """Raises `Unauthenticated` that says whether the token is missing, wrong, expired or revoked, `CrossSite`, or
    `TooManyRequests`.
    """
    header, ticket = connection.headers.get("authorization"), _ticket_of(connection)
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(f"authorization by '{scheme[:20]}' is not known here: {HOW}")
        return await speaker(connection, context, token.strip())
    if ticket is not None:
        refuse_foreign_page(connection, context)
        return await _counted(connection, context, context.tickets.redeem(ticket))
    session = session_of(connection)
    if session is None:
        context.limits.stranger(address_of(connection))
        raise Unauthenticated(f"there is no token: {HOW}")
    # A websocket has no method, and lets its page do whatever the session may.
    if connection.scope.get("method") not in SAFE_METHODS:
        refuse_cross_site(connection, context)
    return await speaker(connection, context, session)


async def speaker(connection: HTTPConnection, context: ApiContext, token: str) -> Principal:
    """Whom a token speaks for; who shows wrong ones at a high rate is not looked at. Raises as `principal_of`."""
    return await _counted(connection, context, _verified(connection, context, token))


async def _verified(connection: HTTPConnection, context: ApiContext, token: str) -> Principal:
    if not context.limits.has_met(parse_api_token(token).id):
        context.limits.require_patience(address_of(connection))
    return await context.tokens.verify(token)


async def _counted(connection: HTTPConnection, context: ApiContext, verdict: Awaitable[Principal]) -> Principal:
    try:
        principal = await verdict
    except Unauthenticated:
        context.limits.stranger(address_of(connection))
        raise
    context.limits.caller(principal.token_id)
    return principal


def _ticket_of(connection: HTTPConnection) -> str | None:
    """For websockets only: it would stand in the address of a page, and in its history."""
    return connection.query_params.get("ticket") if connection.scope["type"] == "websocket" else None


def session_of(connection: HTTPConnection) -> str | None:
    return connection.cookies.get(SECURE_COOKIE) or connection.cookies.get(PLAIN_COOKIE) or None


def refuse_cross_site(connection: HTTPConnection, context: ApiContext) -> None:
    """Raises `CrossSite` unless the browser says that a page of this platform sends this."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        # `none`: typed or followed from outside of any page, which no page can bring about.
        if site not in ("same-origin", "none"):
            raise CrossSite(
                f"a page of another site ('{site[:20]}') may change nothing here: use a page of this platform"
            )
        return
    if "origin" not in connection.headers:
        raise CrossSite("with a session, a change must come from a page of this platform: send a token instead")
    refuse_foreign_page(connection, context)


def refuse_foreign_page(connection: HTTPConnection, context: ApiContext) -> None:
    """Raises `CrossSite`. Programs send no origin; browsers always do where it matters."""
    origin = connection.headers.get("origin")
    ours = {connection.headers.get("host"), context.settings.public_url.rstrip("/").partition("://")[2]}
    if origin is not None and (not origin or origin.partition("://")[2] not in ours - {""}):
        raise CrossSite(
            f"a page of another site ('{origin[:100]}') may do nothing here: use a page of this platform, and set "
            "PLYNX_API_PUBLIC_URL to the address that browsers know it by"
        )


async def admit(connection: HTTPConnection, context: ApiContext, route: str) -> None:
    """Deny by default: a route without a row in the policy is nobody's. Raises `Unauthenticated` or `Forbidden`."""
    action = ROUTE_POLICY.get(route)
    if action is None:
        raise Forbidden(f"nobody may '{route}': the policy does not say who")
    if action == PUBLIC:
        return
    principal = connection.state.principal = await principal_of(connection, context)
    if action != SIGNED_IN:
        authorize(principal, action, Thing(action.partition(".")[0], principal.team))


async def _caller(request: Request) -> Principal:
    return cast("Principal", request.state.principal)


Caller = Annotated[Principal, Depends(_caller)]
