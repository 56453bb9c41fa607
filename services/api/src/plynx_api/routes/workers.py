"""Workers and pools: who is there, and what waits for them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, Strict

from plynx_api.context import Context
from plynx_api.pages import Page
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.scalars import WHOLE
from plynx_common.domain.tokens import PoolToken
from plynx_common.messages.routes import ready_queue

router = APIRouter(route_class=GuardedRoute, tags=["workers"])


class WorkerView(View):
    worker: str
    incarnation: str
    is_live: bool
    seen_at: datetime
    pools: list[str]
    slots: int
    free: int
    capacity: dict[str, Any]


class PoolView(View):
    pool: str
    """Full name, `<team>/<pool>`."""
    workers: int
    """Live ones."""
    slots: int
    free: int
    ready: int
    """Nodes that a worker could take now."""
    running: int
    """Attempts."""
    demand: int
    """Slots that could be used now, ready and running: what an autoscaler aims at."""
    hints: int
    """Hints that wait for a worker."""


class PoolTokenCreate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    worker: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", description="The worker that will hold it.")
    pools: tuple[str, ...] = Field(min_length=1, description="Names in the team, `gpu` or `team/gpu`.")
    lifetime_days: Annotated[int, Strict(), Field(ge=1, le=3650), WHOLE] = 365


class PoolTokenView(View):
    token: str
    """For `PLYNX_WORKER_TOKEN`; shown once."""
    worker: str
    pools: list[str]
    expires_at: datetime


@router.get("/workers")
async def list_workers(context: Context, caller: Caller) -> Page[WorkerView]:
    """Those that serve a pool of the team, seen within ten minutes."""
    return Page(
        items=[
            WorkerView(
                worker=seen.message.worker,
                incarnation=seen.message.incarnation,
                is_live=is_live,
                seen_at=seen.seen_at,
                pools=list(seen.message.pools),
                slots=seen.message.slots,
                free=seen.message.free,
                capacity=seen.message.capacity.model_dump(),
            )
            for seen, is_live in context.fleet.of_team(caller.team)
        ]
    )


@router.get("/pools")
async def list_pools(context: Context, caller: Caller) -> Page[PoolView]:
    """Those that a live worker serves, or that have work."""
    pools: list[PoolView] = []
    for state in context.fleet.pools(caller.team):
        hints = await context.backends.bus.depth(ready_queue(state.pool))
        pools.append(PoolView(**asdict(state), demand=state.ready + state.running, hints=hints))
    return Page(items=pools)


@router.post("/pools/tokens", status_code=201)
async def create_pool_token(body: PoolTokenCreate, request: Request, context: Context, caller: Caller) -> PoolTokenView:
    """A worker's right to serve pools of the team."""
    pools = tuple(_full_name(pool, caller.team) for pool in body.pools)
    expires_at = context.backends.clock.now() + timedelta(days=body.lifetime_days)
    token = PoolToken(caller.team, body.worker, pools).sign(context.signer, expires_at=expires_at)
    context.audit.done(request, "create_pool_token", caller, body.worker)
    return PoolTokenView(token=token, worker=body.worker, pools=list(pools), expires_at=expires_at)


def _full_name(pool: str, team: str) -> str:
    owner, separator, name = pool.partition("/")
    if separator and owner != team:
        raise InvalidInput(f"pool '{pool}' is of another team: name one of team '{team}'")
    return f"{team}/{name if separator else pool}"
