"""A run once more: a new run of the same snapshot that takes what has succeeded; a run is never rewritten."""

from __future__ import annotations

from pydantic import Field

from plynx_api.context import ApiContext
from plynx_api.idempotency import Demand
from plynx_api.submission import refuse_forced_and_taken, start
from plynx_common.domain import dag
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import Conflict, InvalidInput, Issue
from plynx_common.domain.graph import Graph
from plynx_common.domain.issues import Issues
from plynx_common.domain.node_run import SUCCESSFUL, NodeState
from plynx_common.domain.operation import Model
from plynx_common.domain.run import FailurePolicy, Run
from plynx_common.domain.run_options import Priority
from plynx_common.domain.scalars import Flag


class NodeRerun(Model):
    """What may be chosen anew; everything else is as it was."""

    force: Flag | tuple[str, ...] | None = Field(
        default=None, description="Ignore the cache, for all or for the named nodes; by default for those in from_node."
    )
    priority: Priority | None = None
    failure_policy: FailurePolicy | None = None
    labels: dict[str, str] | None = None
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)


class RunRerun(NodeRerun):
    """Which part of a run is executed once more; without anything: what has not succeeded."""

    from_node: str | tuple[str, ...] | None = Field(
        default=None,
        description="Nodes that are executed again, with everything below them; by default those that have not "
        "succeeded.",
    )

    @property
    def from_nodes(self) -> tuple[str, ...]:
        return (self.from_node,) if isinstance(self.from_node, str) else self.from_node or ()


async def rerun(context: ApiContext, caller: Principal, origin_id: str, body: RunRerun) -> tuple[Run, bool]:
    """The new run, and whether it is new. Raises `NotFound`, `InvalidInput` with issues, `Conflict`."""
    demand = Demand.of(context, caller.team, body, {"rerun": origin_id})
    if earlier := await demand.earlier(context, caller.team):
        return earlier, False
    origin = await context.runs.get(caller.team, origin_id)
    graph = Graph.model_validate(origin.graph)
    named = body.from_nodes
    _refuse_unknown(graph, body)
    from_nodes = named or await _unsuccessful(context, origin, graph)
    force = named if body.force is None else body.force
    refuse_forced_and_taken(graph, force, from_nodes)
    run = Run(
        id=demand.id,
        partition=await context.partitions.of(demand.id),
        team=caller.team,
        title=origin.title,
        graph=origin.graph,
        graph_id=origin.graph_id,
        parameters=origin.parameters,
        priority=origin.priority if body.priority is None else body.priority,
        failure_policy=body.failure_policy or origin.failure_policy,
        force=force or False,
        from_run=origin.id,
        from_node=from_nodes,
        bindings=origin.bindings,
        labels=origin.labels if body.labels is None else body.labels,
        idempotency_key=demand.key,
        request_digest=demand.digest,
        author=caller.id,
        created_at=context.backends.clock.now(),
    )
    return await start(context, run)


def _refuse_unknown(graph: Graph, body: RunRerun) -> None:
    nodes = {node.id for node in graph.nodes}
    forced = body.force if isinstance(body.force, tuple) else ()
    issues = Issues()
    for field, names in (("from_node", body.from_nodes), ("force", forced)):
        for name in names:
            if name not in nodes:
                hint = issues.close_match(name, nodes) or ": name one of the run"
                issues.error(f"/{field}", "unknown_node", f"'{field}' names node '{name}', which does not exist{hint}")
    if issues:
        raise InvalidInput(issues[0].message, tuple(issues))


async def _unsuccessful(context: ApiContext, origin: Run, graph: Graph) -> tuple[str, ...]:
    """The first on each path: what lies below is executed with them."""
    if not origin.is_terminal:
        message = (
            f"run '{origin.id}' is {origin.state.value}, it may still succeed: wait for its end, or name 'from_node'"
        )
        raise Conflict(message)
    outlines = await context.node_runs.outlines(origin.id)
    left = {each["node"] for each in outlines if NodeState(each["state"]) not in SUCCESSFUL}
    if not left:
        message = f"every node of run '{origin.id}' has succeeded: name in 'from_node' what is to be executed again"
        raise InvalidInput(message, (Issue("/from_node", "missing_field", message),))
    parents = dag.topology(graph).parents
    return tuple(node.id for node in graph.nodes if node.id in left and left.isdisjoint(parents[node.id]))
