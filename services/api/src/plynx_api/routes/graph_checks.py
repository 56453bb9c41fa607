"""Questions about a graph that store nothing: what a run would do, where nodes stand, what newer operations change."""

from __future__ import annotations

from fastapi import APIRouter

from plynx_api.context import Context
from plynx_api.planning import PlanView, planned
from plynx_api.principals import Caller
from plynx_api.routes.operations import operations_of
from plynx_api.routing import GuardedRoute
from plynx_api.submission import RunCreate
from plynx_api.upgrading import ChangeView, Target, UpgradeView, upgrade_of
from plynx_api.views import View
from plynx_common.domain.graph import Graph
from plynx_common.domain.layout import positions

router = APIRouter(route_class=GuardedRoute, prefix="/graphs", tags=["graphs"])


class PlaceView(View):
    x: float
    y: float


class LayoutView(View):
    positions: dict[str, PlaceView]
    """By node, as `position` of a node takes it."""


@router.post("/plan")
async def plan_graph(body: RunCreate, context: Context, caller: Caller) -> PlanView:
    """What `POST /runs` with the same body would do: which nodes would be executed, which come from the cache."""
    return await planned(context, caller.team, body)


@router.post("/layout")
async def lay_out_graph(body: Graph, caller: Caller) -> LayoutView:
    """Places for all nodes: in layers from left to right, with few crossings."""
    del caller
    places = {node: PlaceView(x=place.x, y=place.y) for node, place in positions(body).items()}
    return LayoutView(positions=places)


@router.post("/upgrade")
async def preview_upgrade(body: Graph, context: Context, caller: Caller, to: Target = Target.SUCCESSORS) -> UpgradeView:
    """The graph with newer operations, and everything that this changes."""
    graph, changes = await upgrade_of(operations_of(context, caller.team), body, to)
    views = [ChangeView.model_validate(change) for change in changes]
    return UpgradeView(graph=graph.to_document(), changes=views)
