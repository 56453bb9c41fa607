"""What a run that is over can be used for: once more from where it failed, or as a draft of something new."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Response

from plynx_api.context import Context
from plynx_api.drafts import catalogued, draft_of
from plynx_api.idempotency import IdempotencyKey, keyed, say_where
from plynx_api.principals import Caller
from plynx_api.rerunning import NodeRerun, RunRerun, rerun
from plynx_api.revisions import etag
from plynx_api.routes.graphs import GraphView
from plynx_api.routes.operations import operations_of
from plynx_api.routes.run_nodes import node_of
from plynx_api.routing import GuardedRoute
from plynx_api.views import RunDetail, run_detail
from plynx_common.domain.graph import Graph
from plynx_common.repositories.graphs import Graphs

router = APIRouter(route_class=GuardedRoute, prefix="/runs/{run_id}", tags=["runs"])

_AS_IT_WAS, _NODE_AS_IT_WAS = RunRerun(), NodeRerun()


@router.post("/rerun", status_code=201)
async def rerun_run(
    run_id: str,
    context: Context,
    caller: Caller,
    response: Response,
    body: RunRerun = _AS_IT_WAS,
    idempotency_key: IdempotencyKey = None,
) -> RunDetail:
    """A new run of the same snapshot: what has succeeded is taken over, the rest is executed."""
    run, is_new = await rerun(context, caller, run_id, keyed(body, idempotency_key))
    say_where(response, run, is_new=is_new)
    return run_detail(run)


@router.post("/nodes/{node_id}/rerun", status_code=201)
async def rerun_run_node(
    run_id: str,
    node_id: str,
    context: Context,
    caller: Caller,
    response: Response,
    body: NodeRerun = _NODE_AS_IT_WAS,
    idempotency_key: IdempotencyKey = None,
) -> RunDetail:
    """A new run in which this node and everything below it is executed, and the rest taken over."""
    await node_of(context, caller.team, run_id, node_id)
    given = keyed(body, idempotency_key)
    whole = RunRerun(from_node=node_id, **given.model_dump())
    run, is_new = await rerun(context, caller, run_id, whole)
    say_where(response, run, is_new=is_new)
    return run_detail(run)


@router.post("/clone", status_code=201)
async def clone_run(run_id: str, context: Context, caller: Caller, response: Response) -> GraphView:
    """A new graph draft of what was run, with the parameters of this run as defaults."""
    run = await context.runs.get(caller.team, run_id)
    snapshot = Graph.model_validate(run.graph)
    known = await operations_of(context, caller.team).resolve(catalogued(snapshot))
    backends = context.backends
    graphs = Graphs(backends.documents, backends.clock, backends.ids, caller.team)
    stored = await graphs.create(draft_of(run, snapshot, known), caller.id, origin=f"run/{run.id}")
    response.headers["Location"] = f"/api/v1/graphs/{stored.id}"
    response.headers.update(etag(stored.revision))
    return GraphView(**asdict(stored.summary), graph=stored.graph.to_document())
