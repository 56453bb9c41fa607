"""Runs: start, list, read, cancel."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from plynx_api.context import Context
from plynx_api.idempotency import IdempotencyKey, keyed, say_where
from plynx_api.live.encoding import EVENT_STREAM, JSON_LINES, begun, event_document, streamed
from plynx_api.live.run_events import RunEvents
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.submission import RunCreate, ring, submit
from plynx_api.views import RunDetail, RunView, run_detail, run_view
from plynx_common.domain.run import Run, RunState
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.documents import In

router = APIRouter(route_class=GuardedRoute, prefix="/runs", tags=["runs"])


@router.post("", status_code=201)
async def create_run(
    body: RunCreate, context: Context, caller: Caller, response: Response, idempotency_key: IdempotencyKey = None
) -> RunDetail:
    """Starts a run of an inline graph or of a stored one; answers as soon as the run is stored."""
    run, is_new = await submit(context, caller, keyed(body, idempotency_key))
    say_where(response, run, is_new=is_new)
    return run_detail(run)


@router.get("")
async def list_runs(
    context: Context,
    caller: Caller,
    state: Annotated[list[RunState] | None, Query(description="Only runs in one of these states.")] = None,
    graph_id: Annotated[str | None, Query(description="Only runs of this stored graph.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RunView]:
    """Newest first."""
    where: dict[str, Any] = {}
    if state:
        where["state"] = In(tuple(each.value for each in state))
    if graph_id is not None:
        where["graph_id"] = graph_id
    found = await context.runs.newest(caller.team, where=where, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, run_view, _place)


def _place(run: Run) -> tuple[str, str]:
    return "" if run.created_at is None else timestamp(run.created_at), run.id


@router.get("/{run_id}")
async def get_run(run_id: str, context: Context, caller: Caller) -> RunDetail:
    return run_detail(await context.runs.get(caller.team, run_id))


@router.get("/{run_id}/graph")
async def get_run_graph(run_id: str, context: Context, caller: Caller) -> dict[str, Any]:
    """What was run: exact operations inlined, every parameter a plain value."""
    return (await context.runs.get(caller.team, run_id)).graph


@router.post("/{run_id}/cancel", status_code=202)
async def cancel_run(run_id: str, context: Context, caller: Caller) -> RunView:
    """Asks for it; of a run that has ended nothing changes."""
    await context.runs.request_cancel(caller.team, run_id)
    run = await context.runs.get(caller.team, run_id, summary=True)
    if not run.is_terminal:
        await ring(context, run)
    return run_view(run)


@router.get(
    "/{run_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {EVENT_STREAM: {}, JSON_LINES: {}}, "description": "A snapshot, then each change."}},
)
async def follow_run_events(
    run_id: str,
    request: Request,
    context: Context,
    caller: Caller,
    *,
    nodes: Annotated[bool, Query(description="Tell of nodes too, not only of the run.")] = True,
) -> StreamingResponse:
    """A snapshot, then each change as it happens, until the run has ended.

    JSON lines, or server-sent events where the header `Accept: text/event-stream` asks for them. Each change carries
    the next `seq`; a fresh snapshot comes once the run is planned, and where a change was missed.
    """
    context.live.require_room()
    events = RunEvents(context.live, context.runs, context.node_runs, with_nodes=nodes)
    following = await begun(events.follow(caller.team, run_id))
    return streamed(request, following, event_document)
