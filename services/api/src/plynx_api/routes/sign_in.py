"""The way in and out for browsers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from plynx_api.bodies import SMALL_BODY, read_whole
from plynx_api.context import ApiContext, Context
from plynx_api.markup import sign_in_page
from plynx_api.principals import (
    PLAIN_COOKIE,
    SECURE_COOKIE,
    refuse_cross_site,
    session_of,
    speaker,
)
from plynx_api.routing import GuardedRoute
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import Unauthenticated

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

HOME = "/"
LONGEST_ADDRESS = 4000
OWN_WAYS = frozenset({"none", "same-origin"})
"""How a browser says that an address was typed, or followed from a program or a page of ours."""


@router.get("/login", response_class=Response)
async def show_sign_in(
    request: Request,
    context: Context,
    token: Annotated[str | None, Query(max_length=200)] = None,
    wanted: Annotated[str, Query(alias="next", max_length=LONGEST_ADDRESS)] = HOME,
) -> Response:
    """The sign-in link; without a token, a page that asks for it. A link on a page of another site is asked about: it
    could make somebody work, without knowing, as whoever made the link.
    """
    if token is None:
        return sign_in_page(wanted)
    if request.headers.get("sec-fetch-site", "none") not in OWN_WAYS:
        return sign_in_page(wanted, token=token)
    return await _enter(request, context, token, wanted)


@router.post("/login", response_class=Response)
async def sign_in(request: Request, context: Context) -> Response:
    refuse_cross_site(request, context)
    form = parse_qs((await read_whole(request, SMALL_BODY)).decode("latin-1"))
    return await _enter(request, context, form.get("token", [""])[0], form.get("next", [HOME])[0])


async def _enter(request: Request, context: ApiContext, token: str, wanted: str) -> Response:
    try:
        principal = await speaker(request, context, token.strip())
        current = await _current(request, context)
        session = None if current == replace(principal, token_id="") else await _open_session(context, principal)
    except Unauthenticated as error:
        context.audit.denied(request, "sign_in", error)
        return sign_in_page(wanted, error.message)
    answer = RedirectResponse(_here(wanted), 303)
    if session is not None:
        is_secure = context.settings.public_url.startswith("https://")
        answer.set_cookie(
            SECURE_COOKIE if is_secure else PLAIN_COOKIE,
            session.text,
            max_age=int(session.lifetime.total_seconds()),
            secure=is_secure,
            httponly=True,
            samesite="lax",
        )
    context.audit.done(request, "sign_in", principal, None if session is None else session.id)
    return answer


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    text: str
    lifetime: timedelta


async def _open_session(context: ApiContext, principal: Principal) -> _Session:
    """For as long as its token is good. Raises `Unauthenticated` where that is over already."""
    tokens, team = context.tokens, principal.team
    given = await tokens.get(team, principal.token_id)
    root = await tokens.root(given)
    lifetime = context.settings.session_lifetime
    if given.expires_at is not None:
        lifetime = min(lifetime, given.expires_at - context.backends.clock.now())
    await tokens.forget_ended(await tokens.sessions(root))
    label = f"browser session of {root.id}"
    text, stored = await tokens.create(principal, label, lifetime=lifetime, session_of=root.id)
    # Who revokes a token looks for its sessions afterwards: either he finds this one, or we see that he was there.
    if (await tokens.get(team, root.id)).revoked_at is not None:
        await tokens.revoke(team, stored.id)
        raise Unauthenticated(f"the API token '{root.id}' was revoked: create a new one")
    return _Session(stored.id, text, lifetime)


def _here(address: str) -> str:
    """Only a page of this platform: two slashes of either kind begin with a host."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else HOME


async def _current(request: Request, context: ApiContext) -> Principal | None:
    """Whose session the browser has already, and what it may; which token it is does not matter."""
    session = session_of(request)
    try:
        return None if session is None else replace(await speaker(request, context, session), token_id="")
    except Unauthenticated:
        return None


@router.post("/logout", response_class=Response)
async def sign_out(request: Request, context: Context) -> Response:
    refuse_cross_site(request, context)
    session = session_of(request)
    if session is not None:
        try:
            principal = await speaker(request, context, session)
            await context.tokens.revoke(principal.team, principal.token_id)
            context.audit.done(request, "sign_out", principal, principal.token_id)
        except Unauthenticated:
            pass  # it is over already
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SECURE_COOKIE, secure=True)
    answer.delete_cookie(PLAIN_COOKIE)
    return answer
