"""Who asks: a bearer token or a browser's session; and whether they may, by the one table."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from plynx_api.context import ApiContext
from plynx_api.policy import PUBLIC, ROUTE_POLICY, SIGNED_IN
from plynx_api.refusals import CrossSite
from plynx_common.domain.access import Principal, Thing, authorize
from plynx_common.domain.errors import Forbidden, Unauthenticated

PLAIN_COOKIE = "plynx_session"
SECURE_COOKIE = "__Host-plynx_session"
"""Over https: bound to this host, and never sent in the clear."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOW = "send 'Authorization: Bearer plx_…'; the first start of a platform leaves a token in client.json of PLYNX_HOME"


async def principal_of(request: Request, context: ApiContext) -> Principal:
    """Raises `Unauthenticated` that says whether the token is missing, wrong, expired or revoked, or `CrossSite`."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(f"authorization by '{scheme[:20]}' is not known here: {HOW}")
        return await context.tokens.verify(token.strip())
    session = session_of(request)
    if session is None:
        raise Unauthenticated(f"there is no token: {HOW}")
    if request.method not in SAFE_METHODS:
        refuse_cross_site(request)
    return await context.tokens.verify(session)


def session_of(request: Request) -> str | None:
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(PLAIN_COOKIE) or None


def refuse_cross_site(request: Request) -> None:
    """Raises `CrossSite` unless the browser says that a page of this platform sends this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        # `none`: typed or followed from outside of any page, which no page can bring about.
        if site not in ("same-origin", "none"):
            raise CrossSite(
                f"a page of another site ('{site[:20]}') may change nothing here: use a page of this platform"
            )
        return
    origin = request.headers.get("origin")
    if origin is None or origin.partition("://")[2] != request.headers.get("host"):
        raise CrossSite("with a session, a change must come from a page of this platform: send a token instead")


async def admit(request: Request, context: ApiContext, route: str) -> None:
    """Deny by default: a route without a row in the policy is nobody's. Raises `Unauthenticated` or `Forbidden`."""
    action = ROUTE_POLICY.get(route)
    if action is None:
        raise Forbidden(f"nobody may '{route}': the policy does not say who")
    if action == PUBLIC:
        return
    principal = await principal_of(request, context)
    if action != SIGNED_IN:
        authorize(principal, action, Thing(action.partition(".")[0], principal.team))
    request.state.principal = principal


async def _caller(request: Request) -> Principal:
    return cast("Principal", request.state.principal)


Caller = Annotated[Principal, Depends(_caller)]
