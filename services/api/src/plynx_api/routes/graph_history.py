"""What a graph was before: its revisions, and how they, or two graphs, differ."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from plynx_api.context import Context
from plynx_api.pages import Cursor, Limit, Page, decode_cursor, page_of
from plynx_api.principals import Caller
from plynx_api.routes.graphs import GraphSummaryView, GraphView, answer, graphs_of, summary_view
from plynx_api.routing import GuardedRoute
from plynx_api.views import GraphDifference, View
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.graph_diff import differences
from plynx_common.repositories.graphs import Graphs, StoredGraph

router = APIRouter(route_class=GuardedRoute, prefix="/graphs/{graph_id}", tags=["graphs"])

LARGEST_REVISION = 999_999_999
Revision = Annotated[int, Path(ge=1, le=LARGEST_REVISION)]


class GraphDiff(View):
    before: GraphSummaryView
    after: GraphSummaryView
    differences: list[GraphDifference]
    """Empty: they are equal."""


@router.get("/history")
async def list_graph_revisions(
    graph_id: str, context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Page[GraphSummaryView]:
    """Newest first, the current one included; of the earlier ones the last 200 are kept."""
    place = decode_cursor(cursor, 1)
    before = None if place is None else _number(place[0])
    found = await graphs_of(context, caller.team).revisions(graph_id, limit=limit + 1, before=before)
    return page_of(found, limit, summary_view, lambda each: (str(each.revision),))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST_REVISION)):
        raise InvalidInput("cursor is none of this list: pass 'next' of the page before as it came")
    return int(text)


@router.get("/history/{revision}")
async def get_graph_revision(
    graph_id: str, revision: Revision, context: Context, caller: Caller, response: Response
) -> GraphView:
    """As it was; to go back to it, save it as a new revision."""
    return answer(await graphs_of(context, caller.team).revision(graph_id, revision), response)


@router.get("/diff")
async def diff_graph(
    graph_id: str,
    context: Context,
    caller: Caller,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_REVISION, description="A revision of this graph.")] = None,
    other: Annotated[str | None, Query(max_length=200, description="Another graph, to compare this one with.")] = None,
    after: Annotated[
        int | None, Query(ge=1, le=LARGEST_REVISION, description="A revision of the other graph, or of this one.")
    ] = None,
) -> GraphDiff:
    """What changed from `before` to `after`.

    Without parameters: the last change. Without `before`: from the revision ahead of `after`, or with `other` from the
    current one. Without `after`: to the current one.
    """
    graphs = graphs_of(context, caller.team)
    new = await _read(graphs, other or graph_id, after)
    if before is None and other is None:
        before = max(new.revision - 1, 1)
    old = await _read(graphs, graph_id, before)
    found = [GraphDifference.model_validate(each) for each in differences(old.graph, new.graph)]
    return GraphDiff(before=summary_view(old.summary), after=summary_view(new.summary), differences=found)


async def _read(graphs: Graphs, id: str, revision: int | None) -> StoredGraph:
    return await graphs.get(id) if revision is None else await graphs.revision(id, revision)
