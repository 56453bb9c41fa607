"""From a request to a stored run: graph, snapshot, insert, and a doorbell for the scheduler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import structlog
from pydantic import Field

from plynx_api.context import ApiContext
from plynx_api.idempotency import Demand
from plynx_common.domain import dag
from plynx_common.domain.access import Principal
from plynx_common.domain.bindings import bound_parameter
from plynx_common.domain.errors import BusUnavailable, InvalidGraph, InvalidInput, Issue
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
    demand = Demand.of(context, caller.team, body)
    if earlier := await demand.earlier(context, caller.team):
        return earlier, False
    graph, snapshot = await prepared(context, caller.team, body)
    run = Run(
        id=demand.id,
        partition=await context.partitions.of(demand.id),
        team=caller.team,
        title=graph.title or graph.name,
        graph=snapshot.to_document(),
        graph_id=body.graph_id,
        parameters={parameter.name: parameter.default for parameter in snapshot.parameters},
        priority=body.priority,
        failure_policy=body.failure_policy,
        force=body.force,
        from_run=body.from_run,
        from_node=body.from_nodes,
        bindings=_bindings(graph, {node.id for node in snapshot.nodes}),
        labels=body.labels,
        idempotency_key=demand.key,
        request_digest=demand.digest,
        author=caller.id,
        created_at=context.backends.clock.now(),
    )
    return await start(context, run)


async def prepared(context: ApiContext, team: str, body: RunCreate) -> tuple[Graph, Graph]:
    """The graph, and what a run of it would execute. Raises `InvalidInput` with issues, `NotFound`."""
    graph = await _graph(context, team, body)
    operations = Operations(context.backends.documents, context.backends.clock, team)
    known = await operations.resolve(operation_references(graph))
    snapshot = _snapshot(graph, known, body, context.scripts.kind_names)
    _refuse_bad_scripts(await context.scripts.check_own(_used(graph, snapshot)))
    if body.from_run is not None:
        await context.runs.get(team, body.from_run, summary=True)
        refuse_forced_and_taken(snapshot, body.force, body.from_nodes)
    return graph, snapshot


async def start(context: ApiContext, run: Run) -> tuple[Run, bool]:
    """Stores it, and rings; an equal request may have been faster. Raises `Conflict`."""
    stored = await context.runs.insert(run)
    await point("api.after_insert")
    await ring(context, stored)
    return stored, stored is run


def refuse_forced_and_taken(graph: Graph, force: bool | tuple[str, ...], from_nodes: Collection[str]) -> None:  # noqa: FBT001
    """What is named to be executed cannot be taken from another run."""
    if isinstance(force, bool):
        return
    executed = dag.cone(dag.topology(graph), from_nodes)
    for name in force:
        if name not in executed:
            message = f"'force' names node '{name}', whose result is taken from another run: add it to 'from_node'"
            raise InvalidInput(message, (Issue("/force", "invalid_value", message),))


def _bindings(graph: Graph, kept: Collection[str]) -> dict[str, dict[str, str]]:
    """What the snapshot forgets: which graph parameter gave a node's parameter its value."""
    found: dict[str, dict[str, str]] = {}
    for node in graph.nodes:
        bound = {name: source for name, value in node.parameters.items() if (source := bound_parameter(value))}
        if bound and node.id in kept:
            found[node.id] = bound
    return found


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


async def _graph(context: ApiContext, team: str, body: RunCreate) -> Graph:
    if body.graph is not None and body.graph_id is None:
        return body.graph
    if body.graph is None and body.graph_id is not None:
        backends = context.backends
        return (await Graphs(backends.documents, backends.clock, backends.ids, team).get(body.graph_id)).graph
    message = "what is to be run? Give either 'graph', a whole graph, or 'graph_id', a stored one"
    raise InvalidInput(message, (Issue("/graph", "missing_field", message),))
