"""The browser application at every address that it reads itself; without a build, the API's reference in its place."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from plynx_api.context import ApiContext, Context
from plynx_api.markup import reference_page
from plynx_api.principals import Caller, principal_of
from plynx_api.routing import GuardedRoute
from plynx_api.site import INDEX, SCREENS, content_policy
from plynx_common.domain.errors import NotFound, Unauthenticated

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/", response_class=Response)
async def show_home(request: Request, context: Context) -> Response:
    return await _page(request, context)


async def show_screen(request: Request, context: Context) -> Response:
    return await _page(request, context)


for screen in SCREENS:
    router.get(f"/{screen}", response_class=Response)(show_screen)
    router.get(f"/{screen}/{{rest:path}}", response_class=Response)(show_screen)


@router.get("/assets/{path:path}", response_class=Response)
async def get_asset(request: Request, context: Context, path: str) -> Response:
    answer = None if context.site is None else context.site.answer(request, f"assets/{path}")
    if answer is None:
        raise NotFound(f"the browser application has no file 'assets/{path}': load its page anew")
    return answer


@router.get("/reference", response_class=Response)
async def show_reference(request: Request, context: Context) -> Response:
    """The API's reference, for who is signed in."""
    return await _for_who_is_signed_in(request, context) or _reference(request)


@router.get("/openapi.json", response_class=JSONResponse)
async def read_api_document(request: Request, caller: Caller) -> Response:
    del caller
    return JSONResponse(request.app.openapi())


async def _page(request: Request, context: ApiContext) -> Response:
    elsewhere = await _for_who_is_signed_in(request, context)
    if elsewhere is not None:
        return elsewhere
    policy = {"Content-Security-Policy": content_policy(context.settings, context.backends.objects)}
    answer = None if context.site is None else context.site.answer(request, INDEX, policy)
    return answer or _reference(request)


async def _for_who_is_signed_in(request: Request, context: ApiContext) -> Response | None:
    """Where a stranger is sent, to come back here after the sign-in."""
    try:
        request.state.principal = await principal_of(request, context)
    except Unauthenticated:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303)
    return None


def _reference(request: Request) -> Response:
    principal = request.state.principal
    who = f"{principal.id} ({principal.role.label} of team {principal.team})"
    return reference_page(request.app.openapi(), who, has_site=request.app.state.context.site is not None)
