"""Who uses a version of an operation: saved graphs, and recent runs."""

from __future__ import annotations

from fastapi import APIRouter

from plynx_api.context import ApiContext, Context
from plynx_api.pages import Limit
from plynx_api.principals import Caller
from plynx_api.routes.graphs import GraphSummaryView, graphs_of, summary_view
from plynx_api.routes.operations import VERSION, Ref, operations_of
from plynx_api.routing import GuardedRoute
from plynx_api.views import RunView, View, run_view
from plynx_common.domain.errors import NotFound
from plynx_common.domain.run import Run
from plynx_common.interfaces.documents import In
from plynx_common.repositories.operations import Operations, StoredOperation

router = APIRouter(route_class=GuardedRoute, prefix="/operations", tags=["operations"])

RECENT = 200
"""Runs of the team that are looked through."""


class UsageView(View):
    graphs: list[GraphSummaryView]
    """Saved graphs that name this version, latest change first."""
    following: list[GraphSummaryView]
    """Saved graphs that name no version, while this one is the newest."""
    runs: list[RunView]
    """Among the latest 200 runs of the team, newest first."""


@router.get(f"{VERSION}/usage")
async def get_operation_usage(ref: Ref, context: Context, caller: Caller, limit: Limit = 50) -> UsageView:
    """Whom a change would concern; of each list at most `limit`."""
    operations = operations_of(context, caller.team)
    stored = await operations.get(ref)
    graphs = graphs_of(context, caller.team)
    bare, _, _ = ref.partition("@")
    following = await graphs.using(bare, limit=limit) if await _is_newest(operations, stored) else []
    return UsageView(
        graphs=[summary_view(each) for each in await graphs.using(ref, limit=limit)],
        following=[summary_view(each) for each in following],
        runs=[run_view(run) for run in await _runs(context, stored, limit)],
    )


async def _is_newest(operations: Operations, stored: StoredOperation) -> bool:
    try:
        return (await operations.newest(stored.operation.name)).ref == stored.ref
    except NotFound:
        return False


async def _runs(context: ApiContext, stored: StoredOperation, limit: int) -> list[Run]:
    """A run's snapshot has the operation inlined, under its exact name."""
    recent = await context.runs.newest(stored.team, where={}, limit=RECENT)
    # By id: what a store keeps large graphs in has no index.
    where = {
        "_id": In(tuple(run.id for run in recent)),
        f"graph.operations.{stored.ref}.name": stored.operation.name,
    }
    return await context.runs.newest(stored.team, where=where, limit=limit) if recent else []
