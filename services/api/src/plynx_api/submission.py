"""From a request to a stored run: graph, snapshot, insert, and a doorbell for the scheduler."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

import orjson
import structlog
from pydantic import Field

from plynx_api.context import ApiContext
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import BusUnavailable, Conflict, InvalidGraph, InvalidInput, Issue, NotFound
from plynx_common.domain.graph import Graph
from plynx_common.domain.issues import has_errors, summary
from plynx_common.domain.operation import Operation
from plynx_common.domain.run import Run
from plynx_common.domain.run_options import RunOptions
from plynx_common.domain.snapshot import make_snapshot
from plynx_common.domain.validation import operation_references
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.runs import RunLook
from plynx_common.repositories.graphs import Graphs
from plynx_common.repositories.operations import Operations
from plynx_common.runtime.points import point

OPTIONS = frozenset({"targets", "force", "from_run", "from_node"})

log = structlog.get_logger()


class RunCreate(RunOptions):
    """A stored graph by its id, or a whole graph; and what is chosen for this run."""

    graph: Graph | None = Field(default=None, description="A whole graph, as it would be stored.")
    graph_id: str | None = Field(default=None, max_length=200, description="A stored graph.")


async def submit(context: ApiContext, caller: Principal, body: RunCreate) -> tuple[Run, bool]:
    """The run, and whether it is new. Raises `InvalidInput` with issues, `NotFound`, `Conflict`."""
    _refuse_what_is_not_built(body)
    key = body.idempotency_key
    digest = None if key is None else _digest_of(body)
    id = context.backends.ids.new("run-") if key is None else run_id(caller.team, key)
    if key is not None and (earlier := await _earlier(context, caller.team, id, digest)):
        return earlier, False
    graph = await _graph(context, caller.team, body)
    operations = Operations(context.backends.documents, context.backends.clock, caller.team)
    known = await operations.resolve(operation_references(graph))
    snapshot = _snapshot(graph, known, body, context.scripts.kind_names)
    _refuse_bad_scripts(await context.scripts.check_own(_used(graph, snapshot)))
    run = Run(
        id=id,
        partition=await context.partitions.of(id),
        team=caller.team,
        title=graph.title or graph.name,
        graph=snapshot.to_document(),
        graph_id=body.graph_id,
        parameters={parameter.name: parameter.default for parameter in snapshot.parameters},
        priority=body.priority,
        failure_policy=body.failure_policy,
        force=body.force,
        labels=body.labels,
        idempotency_key=key,
        request_digest=digest,
        author=caller.id,
        created_at=context.backends.clock.now(),
    )
    stored = await context.runs.insert(run)
    await point("api.after_insert")
    await ring(context, stored)
    return stored, stored is run


def _snapshot(graph: Graph, known: Mapping[str, Operation], body: RunCreate, kinds: Collection[str]) -> Graph:
    """Raises `InvalidGraph` with issues that point into the request."""
    try:
        return make_snapshot(graph, known, options=body, kinds=kinds)
    except InvalidGraph as error:
        issues = tuple(issue if _is_about_options(issue) else _in_graph(issue) for issue in error.issues)
        raise InvalidGraph(error.message, issues) from None


def _used(graph: Graph, snapshot: Graph) -> dict[str, Operation]:
    """The graph's own operations that this run needs."""
    return {key: operation for key, operation in graph.operations.items() if key in snapshot.operations}


def _refuse_bad_scripts(issues: list[Issue]) -> None:
    if has_errors(issues):
        raise InvalidGraph(f"the graph cannot run: {summary(issues)}", tuple(map(_in_graph, issues)))


def _is_about_options(issue: Issue) -> bool:
    """`/parameters/depth` is a value of this run, `/parameters/0/type` the graph's declaration of one."""
    field, *rest = issue.path.removeprefix("/").split("/")
    if field == "parameters":
        return issue.code == "unknown_parameter" or not (rest and rest[0].isdigit())
    return field in OPTIONS


def _in_graph(issue: Issue) -> Issue:
    return replace(issue, path=f"/graph{issue.path}")


async def ring(context: ApiContext, run: Run) -> None:
    """What is stored is found by the scheduler's sweep, a little later, should this doorbell not be heard."""
    message = RunLook(run=run.id, partition=run.partition)
    try:
        await context.backends.bus.publish([Outgoing(message, routes.CALLS, routes.calls_key(run.partition))])
    except BusUnavailable as error:
        log.warning("run_look_not_sent", run=run.id, reason=error.message)


def run_id(team: str, key: str) -> str:
    """The same key in a team names the same run."""
    return "run-" + hashlib.sha256(f"{team}\n{key}".encode()).hexdigest()[:32]


def _digest_of(body: RunCreate) -> str:
    """Equal for equal requests, however they were written and wherever the key stood."""
    content = body.model_dump(mode="json", by_alias=True, exclude={"idempotency_key"})
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _earlier(context: ApiContext, team: str, id: str, digest: str | None) -> Run | None:
    """Asked before anything else is: a graph that has changed since must not change the answer."""
    try:
        found = await context.runs.get(team, id, summary=True)
    except NotFound:
        return None
    if found.request_digest != digest:
        raise Conflict(
            f"idempotency key '{found.idempotency_key}' was already used with another body (run '{id}'): "
            "use a fresh key for a different run"
        )
    return await context.runs.get(team, id)


async def _graph(context: ApiContext, team: str, body: RunCreate) -> Graph:
    if body.graph is not None and body.graph_id is None:
        return body.graph
    if body.graph is None and body.graph_id is not None:
        backends = context.backends
        return (await Graphs(backends.documents, backends.clock, backends.ids, team).get(body.graph_id)).graph
    message = "what is to be run? Give either 'graph', a whole graph, or 'graph_id', a stored one"
    raise InvalidInput(message, (Issue("/graph", "missing_field", message),))


def _refuse_what_is_not_built(body: RunCreate) -> None:
    if body.from_run is not None or body.from_node is not None:
        message = "'from_run' and 'from_node' come with a later release: leave them out, the cache restores what it can"
        raise InvalidInput(message, (Issue("/from_run", "unsupported", message),))
