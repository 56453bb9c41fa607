"""Stored graphs: drafts, valid or not; each save names the revision it was made from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from plynx_api.context import ApiContext, Context
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.principals import Caller
from plynx_api.refusals import StaleRevision
from plynx_api.revisions import IfMatch, etag, revision_of
from plynx_api.routes.operations import operations_of
from plynx_api.routing import GuardedRoute
from plynx_api.upgrading import ChangeView, Upgrading, upgrade_of
from plynx_api.views import Verdict, View, verdict
from plynx_api.yaml_bodies import read_graph, yaml_body
from plynx_common.domain.errors import Conflict
from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_yaml import to_yaml
from plynx_common.domain.parsing import parse_graph
from plynx_common.domain.validation import Limits, operation_references
from plynx_common.domain.validation import validate_graph as issues_of
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.objects import disposition
from plynx_common.repositories.graphs import Graphs, GraphSummary, StoredGraph

router = APIRouter(route_class=GuardedRoute, prefix="/graphs", tags=["graphs"])


class GraphSummaryView(View):
    id: str
    team: str
    name: str
    title: str
    description: str
    tags: list[str]
    author: str
    revision: int
    """For If-Match."""
    node_count: int
    origin: str | None
    """What it was cloned from: `graph/<id>` or `run/<id>`."""
    saved_by: str
    """Who made this revision."""
    created_at: datetime
    updated_at: datetime


class GraphView(GraphSummaryView):
    graph: dict[str, Any]


class UpgradedGraph(GraphView):
    changes: list[ChangeView]
    """Empty: it was up to date."""


def graphs_of(context: ApiContext, team: str) -> Graphs:
    backends = context.backends
    return Graphs(backends.documents, backends.clock, backends.ids, team)


def summary_view(summary: GraphSummary) -> GraphSummaryView:
    return GraphSummaryView.model_validate(summary)


def answer(stored: StoredGraph, response: Response) -> GraphView:
    response.headers.update(etag(stored.revision))
    summary = summary_view(stored.summary).model_dump()
    return GraphView(**summary, graph=stored.graph.to_document())


@router.get("")
async def list_graphs(
    context: Context,
    caller: Caller,
    name: Annotated[str | None, Query(description="Only those of this name.")] = None,
    author: Annotated[str | None, Query(description="Only those of this author.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GraphSummaryView]:
    """Latest change first."""
    where = {field: value for field, value in (("name", name), ("author", author)) if value is not None}
    found = await graphs_of(context, caller.team).list(where, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, summary_view, lambda each: (timestamp(each.updated_at), each.id))


@router.post("", status_code=201)
async def create_graph(body: Graph, context: Context, caller: Caller, response: Response) -> GraphView:
    """A draft, valid or not: `validate` says what is missing."""
    stored = await graphs_of(context, caller.team).create(body, caller.id)
    response.headers["Location"] = f"/api/v1/graphs/{stored.id}"
    return answer(stored, response)


@router.post("/validate")
async def validate_graph(body: dict[str, Any], context: Context, caller: Caller) -> Verdict:
    """Everything that is wrong with a document, the scripts in it included; nothing is stored."""
    graph, issues = parse_graph(body)
    if graph is None:
        return verdict(issues)
    known = await operations_of(context, caller.team).resolve(operation_references(graph))
    found = issues_of(graph, known, Limits(pools=context.fleet.pool_names(caller.team)))
    return verdict([*found, *await context.scripts.check_own(graph.operations)])


@router.post("/import", status_code=201, openapi_extra=yaml_body("A graph as `export` writes it."))
async def import_graph(request: Request, context: Context, caller: Caller, response: Response) -> GraphView:
    """A draft from YAML, valid or not; what is no graph at all is refused, with the line."""
    graph = await read_graph(request, context.settings.body_limit)
    stored = await graphs_of(context, caller.team).create(graph, caller.id)
    response.headers["Location"] = f"/api/v1/graphs/{stored.id}"
    return answer(stored, response)


@router.get("/{graph_id}")
async def get_graph(graph_id: str, context: Context, caller: Caller, response: Response) -> GraphView:
    return answer(await graphs_of(context, caller.team).get(graph_id), response)


@router.get("/{graph_id}/export", response_class=Response)
async def export_graph(graph_id: str, context: Context, caller: Caller) -> Response:
    """As YAML for people and version control; running or importing it gives the same graph."""
    stored = await graphs_of(context, caller.team).get(graph_id)
    name = stored.graph.name or graph_id
    headers = {"Content-Disposition": disposition(f"{name}.yaml", inline=False), **etag(stored.revision)}
    return Response(to_yaml(stored.graph.to_document()), headers=headers, media_type="application/yaml")


@router.put("/{graph_id}")
async def save_graph(
    body: Graph, graph_id: str, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> GraphView:
    graphs = graphs_of(context, caller.team)
    revision = await _revision(graphs, graph_id, if_match)
    try:
        return answer(await graphs.save(graph_id, body, revision, caller.id), response)
    except Conflict as error:
        raise StaleRevision(error.message) from error


@router.post("/{graph_id}/upgrade")
async def upgrade_graph(
    body: Upgrading, graph_id: str, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> UpgradedGraph:
    """Saves it with newer operations; where there are none, nothing is saved."""
    graphs = graphs_of(context, caller.team)
    revision = await _revision(graphs, graph_id, if_match)
    stored = await graphs.revision(graph_id, revision)
    graph, changes = await upgrade_of(operations_of(context, caller.team), stored.graph, body.to)
    if changes:
        try:
            stored = await graphs.save(graph_id, graph, revision, caller.id)
        except Conflict as error:
            raise StaleRevision(error.message) from error
    shown = answer(stored, response)
    return UpgradedGraph(**shown.model_dump(), changes=[ChangeView.model_validate(change) for change in changes])


@router.delete("/{graph_id}", status_code=204)
async def delete_graph(graph_id: str, context: Context, caller: Caller, if_match: IfMatch = None) -> None:
    """Its runs keep their snapshots."""
    graphs = graphs_of(context, caller.team)
    revision = await _revision(graphs, graph_id, if_match)
    try:
        await graphs.delete(graph_id, revision)
    except Conflict as error:
        raise StaleRevision(error.message) from error


async def _revision(graphs: Graphs, id: str, if_match: str | None) -> int:
    return revision_of(if_match, (await graphs.get(id)).revision, f"graph '{id}'")


@router.post("/{graph_id}/clone", status_code=201)
async def clone_graph(graph_id: str, context: Context, caller: Caller, response: Response) -> GraphView:
    stored = await graphs_of(context, caller.team).clone(graph_id, caller.id)
    response.headers["Location"] = f"/api/v1/graphs/{stored.id}"
    return answer(stored, response)
