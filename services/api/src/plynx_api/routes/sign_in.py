"""The way in and out for browsers, and the page they land on."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from plynx_api.bodies import SMALL_BODY, read_whole
from plynx_api.context import ApiContext, Context
from plynx_api.markup import reference_page, sign_in_page
from plynx_api.principals import (
    PLAIN_COOKIE,
    SECURE_COOKIE,
    Caller,
    principal_of,
    refuse_cross_site,
    session_of,
    speaker,
)
from plynx_api.routes.tokens import session_label
from plynx_api.routing import GuardedRoute
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import Unauthenticated

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/", response_class=Response)
async def show_home(request: Request, context: Context) -> Response:
    """The API's reference, for who is signed in."""
    try:
        principal = await principal_of(request, context)
    except Unauthenticated:
        return RedirectResponse("/login", 303)
    return reference_page(request.app.openapi(), f"{principal.id} ({principal.role.label} of team {principal.team})")


@router.get("/openapi.json", response_class=JSONResponse)
async def read_api_document(request: Request, caller: Caller) -> Response:
    del caller
    return JSONResponse(request.app.openapi())


@router.get("/login", response_class=Response)
async def show_sign_in(
    request: Request, context: Context, token: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """The sign-in link; without a token, a page that asks for it."""
    return sign_in_page() if token is None else await _enter(request, context, token)


@router.post("/login", response_class=Response)
async def sign_in(request: Request, context: Context) -> Response:
    refuse_cross_site(request, context)
    form = parse_qs((await read_whole(request, SMALL_BODY)).decode("latin-1"))
    return await _enter(request, context, form.get("token", [""])[0])


async def _enter(request: Request, context: ApiContext, token: str) -> Response:
    try:
        principal = await speaker(request, context, token.strip())
    except Unauthenticated as error:
        context.audit.denied(request, "sign_in", error)
        return sign_in_page(error.message)
    answer = RedirectResponse("/", 303)
    opened = None
    if await _current(request, context) != (principal.id, principal.team):
        lifetime = context.settings.session_lifetime
        label = session_label(principal.token_id)
        session, opened = await context.tokens.create(principal, label, lifetime=lifetime)
        is_secure = context.settings.public_url.startswith("https://")
        answer.set_cookie(
            SECURE_COOKIE if is_secure else PLAIN_COOKIE,
            session,
            max_age=int(lifetime.total_seconds()),
            secure=is_secure,
            httponly=True,
            samesite="lax",
        )
    context.audit.done(request, "sign_in", principal, None if opened is None else opened.id)
    return answer


async def _current(request: Request, context: ApiContext) -> tuple[str, str] | None:
    """Whose session the browser has already."""
    session = session_of(request)
    try:
        principal: Principal | None = None if session is None else await speaker(request, context, session)
    except Unauthenticated:
        return None
    return None if principal is None else (principal.id, principal.team)


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
