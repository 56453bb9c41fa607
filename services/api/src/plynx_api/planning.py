"""What a run would do, before it is started: looked up in the cache as the scheduler will, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from plynx_api.context import ApiContext
from plynx_api.keys import Keys, is_cacheable
from plynx_api.submission import RunCreate, prepared
from plynx_api.views import View
from plynx_common.domain import dag
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.ids import node_run_id, pool_name
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.node_run import SUCCESSFUL, NodeRun
from plynx_common.repositories.artifacts import Artifacts
from plynx_common.repositories.cache import CacheEntries

Outputs = Mapping[str, Mapping[str, Any]]
"""Artifacts by name."""

MOST_LAYERS = 500
"""Of a chain of restored nodes: each layer is a question to the store; what lies deeper `depends`."""
MOST_OPERATIONS = 50
"""Whose history is asked for how long they take."""
LATEST = 5
"""Results of an operation that its time is told from."""


class PlannedNode(View):
    node: str
    outcome: str
    """`stored` (a file), `restored` (from the cache), `reused` (from the run that is named), `executed`, or `depends`:
    what is upstream is executed first, and decides whether the cache has this."""
    reason: str
    pool: str | None
    """Where it is executed; null where it is not."""
    seconds: float | None
    """What its operation took lately; null where that is not known, or nothing is executed."""


class PlanView(View):
    nodes: list[PlannedNode]
    """Each behind what it needs."""
    counts: dict[str, int]
    """By outcome."""
    seconds: float | None
    """The longest way through what is executed, or may be; null where the time of a node on it is not known."""


@dataclass(slots=True)
class _Plan:
    graph: Graph
    body: RunCreate
    team: str
    shape: dag.Topology
    nodes: dict[str, Node]
    keys: Keys
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    results: dict[str, NodeRun] = field(default_factory=dict[str, NodeRun])
    """Of those that need not be executed."""

    def settle(self, node: str, outcome: str, reason: str, outputs: Outputs | None = None) -> None:
        self.outcomes[node] = (outcome, reason)
        if outputs is not None:
            self.results[node] = NodeRun(run="", node=node, team=self.team, pool="", result={"outputs": outputs})

    def unsettled(self) -> list[str]:
        return [name for name in self.shape.order if name not in self.outcomes]


async def planned(context: ApiContext, team: str, body: RunCreate) -> PlanView:
    """Nothing is stored or started. Raises what `POST /runs` would raise."""
    _, snapshot = await prepared(context, team, body)
    shape = dag.topology(snapshot)
    plan = _Plan(snapshot, body, team, shape, {node.id: node for node in snapshot.nodes}, Keys(snapshot))
    _settle_files(plan)
    await _take(context, plan)
    _settle_what_must_run(plan)
    for _ in range(MOST_LAYERS):
        layer = [name for name in plan.unsettled() if all(parent in plan.results for parent in shape.parents[name])]
        if not layer:
            break
        await _look_up(context, plan, layer)
    for name in plan.unsettled():
        plan.settle(name, "depends", "what it needs is executed first: if that writes the same bytes, this is restored")
    return await _view(context, plan)


def _settle_files(plan: _Plan) -> None:
    for name in plan.unsettled():
        operation = plan.graph.operations[plan.nodes[name].operation]
        if operation.kind == FILE_KIND and operation.artifact is not None:
            artifact = operation.artifact.model_dump()
            plan.settle(name, "stored", "a file", {output.name: artifact for output in operation.outputs})


async def _take(context: ApiContext, plan: _Plan) -> None:
    """Everything outside of the cone that the other run has a result of, and that rests on such results."""
    origin = plan.body.from_run
    if origin is None:
        return
    executed = dag.cone(plan.shape, plan.body.from_nodes)
    wanted = [name for name in plan.unsettled() if name not in executed]
    found = await context.node_runs.get_many([node_run_id(origin, name) for name in wanted])
    there = await _there(context, plan, (_outputs(node) for node in found.values()))
    for name in wanted:
        node = found.get(node_run_id(origin, name))
        declared = {output.name for output in plan.graph.operations[plan.nodes[name].operation].outputs}
        if node is None or node.state not in SUCCESSFUL or set(_outputs(node)) != declared:
            continue
        rests_on_results = all(parent in plan.results for parent in plan.shape.parents[name])
        if rests_on_results and _digests(_outputs(node)) <= there:
            plan.settle(name, "reused", f"taken from run '{origin}'", _outputs(node))


def _settle_what_must_run(plan: _Plan) -> None:
    for name in plan.unsettled():
        node = plan.nodes[name]
        if not is_cacheable(node, plan.graph.operations[node.operation]):
            plan.settle(name, "executed", "it is not cacheable: it is always executed")
        elif plan.body.forces(name):
            plan.settle(name, "executed", "the run is to ignore the cache for it")


async def _look_up(context: ApiContext, plan: _Plan, layer: Sequence[str]) -> None:
    """Nodes whose inputs are all known; a hit counts where its artifacts are still there."""
    keys: dict[str, str] = {}
    for name in layer:
        key = plan.keys.of(plan.nodes[name], plan.results, None)
        keys[name] = "" if key is None else key.text
    hits = await CacheEntries(context.backends.documents, plan.team).outputs(keys.values())
    there = await _there(context, plan, hits.values())
    for name in layer:
        outputs = hits.get(keys[name])
        if outputs is None:
            plan.settle(name, "executed", "the cache has no result for these inputs, parameters and code")
        elif _digests(outputs) <= there:
            plan.settle(name, "restored", "the cache has its result", outputs)
        else:
            plan.settle(name, "executed", "the cache had its result, but artifacts of it are gone")


async def _there(context: ApiContext, plan: _Plan, results: Iterable[Outputs]) -> set[str]:
    wanted = set[str]().union(*map(_digests, results))
    return set(await Artifacts(context.backends.documents, plan.team).get_many(wanted))


def _digests(outputs: Outputs) -> set[str]:
    return {artifact["digest"] for artifact in outputs.values()}


def _outputs(node: NodeRun) -> Outputs:
    return (node.result or {}).get("outputs", {})


async def _view(context: ApiContext, plan: _Plan) -> PlanView:
    worked = [name for name in plan.shape.order if plan.outcomes[name][0] in ("executed", "depends")]
    durations = await _durations(context, plan, {_operation_name(plan, name) for name in worked})
    seconds = {name: durations.get(_operation_name(plan, name)) for name in worked}
    counts: dict[str, int] = {}
    for outcome, _ in plan.outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    nodes = [
        PlannedNode(
            node=name,
            outcome=plan.outcomes[name][0],
            reason=plan.outcomes[name][1],
            pool=_pool(plan, name) if name in seconds else None,
            seconds=seconds.get(name),
        )
        for name in plan.shape.order
    ]
    return PlanView(nodes=nodes, counts=counts, seconds=_longest(plan, seconds))


def _operation_name(plan: _Plan, node: str) -> str:
    return plan.graph.operations[plan.nodes[node].operation].name


def _pool(plan: _Plan, name: str) -> str:
    node = plan.nodes[name]
    return pool_name(plan.team, node.pool or plan.graph.operations[node.operation].pool)


async def _durations(context: ApiContext, plan: _Plan, operations: Iterable[str]) -> dict[str, float]:
    """Seconds by operation: what its latest cached results took."""
    entries = CacheEntries(context.backends.documents, plan.team)
    moment = context.backends.clock.now() + timedelta(seconds=1)
    found: dict[str, float] = {}
    for name in sorted(operations)[:MOST_OPERATIONS]:
        latest = await entries.before(name, moment, limit=LATEST)
        ran = await context.node_runs.get_many([node_run_id(entry.run, entry.node) for entry in latest])
        spans = [
            (node.finished_at - node.started_at).total_seconds()
            for node in ran.values()
            if node.started_at is not None and node.finished_at is not None
        ]
        if spans:
            found[name] = median(spans)
    return found


def _longest(plan: _Plan, seconds: Mapping[str, float | None]) -> float | None:
    """As many workers as there is work for; None as soon as the time of one node is not known."""
    known = {name: span for name, span in seconds.items() if span is not None}
    if len(known) < len(seconds):
        return None
    weights = {name: known.get(name, 0.0) for name in plan.shape.order}
    return max(dag.longest_remaining(plan.shape, weights).values(), default=0.0)
