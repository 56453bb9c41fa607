"""One's own API tokens, and who one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from plynx_api.context import ApiContext, Context
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.access import Principal, PrincipalKind, Role, Thing, authorize, in_scopes
from plynx_common.domain.errors import Forbidden, InvalidInput
from plynx_common.domain.values import timestamp
from plynx_common.repositories.api_tokens import StoredToken

router = APIRouter(route_class=GuardedRoute, tags=["tokens"])


MANAGE = "token.manage"


class Me(View):
    id: str
    kind: str
    team: str
    role: str
    scopes: list[str]
    token_id: str


class TokenCreate(BaseModel):
    """Never more than the token that asks may itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(default="", max_length=200)
    service: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="Name of a program that the token is for, such as `ci`; takes the right to manage tokens.",
    )
    role: str | None = Field(default=None, description="`viewer` … `owner`; by default that of the asking token.")
    scopes: tuple[str, ...] | None = Field(default=None, description="By default those of the asking token.")
    lifetime_days: float | None = Field(
        default=None,
        gt=0,
        le=36500,
        description="By default it ends with the asking token, and does not expire where that does not either.",
    )


class TokenView(View):
    id: str
    principal: str
    role: str
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(TokenView):
    token: str
    """Shown once."""


def _view(stored: StoredToken) -> TokenView:
    return TokenView.model_validate({**_fields(stored), "role": stored.role.label})


def _fields(stored: StoredToken) -> dict[str, object]:
    return {name: getattr(stored, name) for name in TokenView.model_fields}


@router.get("/me")
async def get_me(caller: Caller) -> Me:
    """Whom the token speaks for, and what it may."""
    return Me(
        id=caller.id,
        kind=caller.kind.value,
        team=caller.team,
        role=caller.role.label,
        scopes=list(caller.scopes),
        token_id=caller.token_id,
    )


@router.get("/tokens")
async def list_tokens(
    context: Context,
    caller: Caller,
    limit: Limit = 50,
    cursor: Cursor = None,
    *,
    everyone: Annotated[bool, Query(description="Of the whole team; takes the right to manage tokens.")] = False,
) -> Page[TokenView]:
    """One's own, newest first."""
    if everyone:
        authorize(caller, MANAGE, Thing("token", caller.team))
    of = None if everyone else (caller.kind, caller.id)
    found = await context.tokens.list(caller.team, of, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, _view, lambda each: (timestamp(each.created_at), each.id))


@router.post("/tokens", status_code=201)
async def create_token(body: TokenCreate, request: Request, context: Context, caller: Caller) -> NewToken:
    lifetime = await _lifetime(context, caller, body)
    text, stored = await context.tokens.create(_narrowed(caller, body), body.label, lifetime=lifetime)
    context.audit.done(request, "create_token", caller, stored.id)
    return NewToken(token=text, **_view(stored).model_dump())


async def _lifetime(context: ApiContext, caller: Principal, body: TokenCreate) -> timedelta | None:
    """`None`: it does not expire. No token outlives the one that made it; a session stands for what opened it."""
    asked = None if body.lifetime_days is None else timedelta(days=body.lifetime_days)
    root = await context.tokens.root(await context.tokens.get(caller.team, caller.token_id))
    if root.expires_at is None:
        return asked
    left = root.expires_at - context.backends.clock.now()
    if asked is not None and asked > left:
        raise Forbidden(
            f"this token expires at {timestamp(root.expires_at)} and cannot make one that outlives it: "
            "ask for less, or leave the lifetime out, and both end together"
        )
    return left if asked is None else asked


def _narrowed(caller: Principal, body: TokenCreate) -> Principal:
    role = caller.role if body.role is None else Role.named(body.role)
    if role is None:
        raise InvalidInput(f"role '{body.role}' is unknown: expected one of {', '.join(each.label for each in Role)}")
    if role > caller.role:
        raise Forbidden(f"a {caller.role.label} cannot make a token of a {role.label}: ask for '{caller.role.label}'")
    scopes = caller.scopes if body.scopes is None else body.scopes
    wider = [scope for scope in scopes if not (scope in caller.scopes or in_scopes(caller.scopes, scope))]
    if wider and "*" not in caller.scopes:
        raise Forbidden(f"this token has no scope '{wider[0]}', and cannot give it: it has {', '.join(caller.scopes)}")
    if body.service is None:
        return replace(caller, role=role, scopes=scopes)
    authorize(caller, MANAGE, Thing("token", caller.team))
    return replace(caller, role=role, scopes=scopes, kind=PrincipalKind.SERVICE, id=body.service)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: str, request: Request, context: Context, caller: Caller) -> None:
    """And the browser sessions opened with it; refused within five seconds everywhere.

    Another's in the team takes the right to manage tokens.
    """
    stored = await context.tokens.get(caller.team, token_id)
    if (stored.kind, stored.principal) != (caller.kind, caller.id):
        authorize(caller, MANAGE, stored)
    # The token first: with it nobody opens another session meanwhile.
    await _revoke(stored, request, context, caller)
    for session in await context.tokens.sessions(stored):
        await _revoke(session, request, context, caller)


async def _revoke(stored: StoredToken, request: Request, context: ApiContext, caller: Principal) -> None:
    await context.tokens.revoke(caller.team, stored.id)
    context.audit.done(request, "revoke_token", caller, stored.id)
