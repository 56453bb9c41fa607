"""What became of a run and why: timeline, comparison, and of each node its explanation, attempts and outputs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from plynx_api.cache_explaining import LOOKED_AT, CacheReason, cache_reason
from plynx_api.comparing import ComparisonView, ComponentDifference, Side, compared
from plynx_api.context import ApiContext, Context
from plynx_api.explaining import Reason, Subject, reason_of, waiting_for
from plynx_api.fleet import PoolState
from plynx_api.keys import key_of
from plynx_api.pages import Page
from plynx_api.principals import Caller
from plynx_api.routes.run_nodes import node_of
from plynx_api.routing import GuardedRoute
from plynx_api.timeline import TimelineView, timeline
from plynx_api.views import AttemptView, FailureView, View, attempts_of
from plynx_common.domain import dag
from plynx_common.domain.graph import Graph
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.repositories.artifacts import Artifacts
from plynx_common.repositories.cache import CacheEntries, CacheEntry

router = APIRouter(route_class=GuardedRoute, prefix="/runs/{run_id}")

BECAUSE = frozenset({"miss", "off", "forced"})
"""Verdicts of the cache that are why a node was executed."""


class EarlierResult(View):
    run: str
    node: str
    attempt: str


class CacheView(View):
    verdict: str
    """`hit`, `miss`, `off` (not cacheable), `forced` (the run ignores the cache), `reused` (taken from another run
    without asking the cache) or `unknown` (not asked yet)."""
    message: str
    key: str | None
    nearest: EarlierResult | None
    """Of a miss: the earlier result of the same operation that differs least."""
    differences: list[ComponentDifference]
    """What differs from it, the most telling first."""


class ExplanationView(View):
    run: str
    node: str
    state: str
    code: str
    """`not_planned`, `stuck`, `waiting_for`, `cache_lookup`, `no_worker`, `no_worker_large_enough`, `queued`,
    `backing_off`, `running`, `executed`, `restored`, `reused`, `file`, `failed`, `skipped`, `cancelling` or
    `cancelled`."""
    message: str
    """For people."""
    waiting_for: list[str]
    """Nodes that must succeed first."""
    restored_from: dict[str, Any] | None
    failure: FailureView | None
    cache: CacheView


class OutputView(View):
    name: str
    digest: str
    size: int
    type: str
    available: bool
    """Whether the artifact still exists."""
    download: str
    """Path of this API."""


@router.get("/timeline", tags=["runs"])
async def get_run_timeline(run_id: str, context: Context, caller: Caller) -> TimelineView:
    """When each attempt was queued, started and over, and the chain of nodes that decided how long the run took."""
    side = await _side(context, caller.team, run_id)
    shape = dag.topology(side.graph)
    # A run of thousands of nodes must not hold up everybody else.
    return await asyncio.to_thread(timeline, side.run, shape, side.nodes, context.backends.clock.now())


@router.get("/compare", tags=["runs"])
async def compare_runs(
    run_id: str,
    context: Context,
    caller: Caller,
    other: Annotated[str, Query(alias="with", max_length=200, description="The other run.")],
) -> ComparisonView:
    """Parameters, graphs, and node by node states, times, outputs, and why the newer run executed what it did."""
    one, two = await _side(context, caller.team, run_id), await _side(context, caller.team, other)
    return await asyncio.to_thread(compared, one, two)


async def _side(context: ApiContext, team: str, run_id: str) -> Side:
    run = await context.runs.get(team, run_id)
    return await asyncio.to_thread(Side.of, run, await context.node_runs.of_run(run_id))


@router.get("/nodes/{node_id}/explain", tags=["run nodes"])
async def explain_run_node(run_id: str, node_id: str, context: Context, caller: Caller) -> ExplanationView:
    """Why the node is where it is: what it waits for, where its result came from, why it was executed or failed."""
    node = await node_of(context, caller.team, run_id, node_id)
    run = await context.runs.get(caller.team, run_id)
    graph = Graph.model_validate(run.graph)
    place = next(each for each in graph.nodes if each.id == node_id)
    names = dag.parents_of(place)
    found = await context.node_runs.get_many([f"{run_id}/{name}" for name in names])
    producers = {each.node: each for each in found.values()}
    states = {name: producers[name].state if name in producers else NodeState.WAITING for name in names}
    subject = Subject(run, graph, node, states, *_pool(context, caller.team, node.pool))
    key = key_of(graph, place, producers, node.cache_key)
    earlier = await _earlier(context, subject) if node.attempt else []
    return _explanation(subject, reason_of(subject), cache_reason(subject, key, earlier))


def _pool(context: ApiContext, team: str, pool: str) -> tuple[PoolState, list[Any]]:
    state = next((each for each in context.fleet.pools(team) if each.pool == pool), PoolState(pool))
    seen = [each.message for each, is_live in context.fleet.of_team(team) if is_live and pool in each.message.pools]
    return state, [message.capacity for message in seen]


async def _earlier(context: ApiContext, subject: Subject) -> list[CacheEntry]:
    """Entries that were there when the node was first claimed."""
    node = subject.node
    first = node.history[0]["started"] if node.history else node.started_at
    entries = CacheEntries(context.backends.documents, node.team)
    moment = first or context.backends.clock.now()
    return await entries.before(subject.operation.name, moment, limit=LOOKED_AT)


def _explanation(subject: Subject, reason: Reason, cache: CacheReason) -> ExplanationView:
    node = subject.node
    because = f"; executed because {cache.message}" if node.attempt and cache.verdict in BECAUSE else ""
    return ExplanationView(
        run=node.run,
        node=node.node,
        state=node.state.value,
        code=reason.code,
        message=f"'{node.node}' {reason.message}{because}",
        waiting_for=waiting_for(subject),
        restored_from=node.restored_from,
        failure=None if node.failure is None else FailureView.model_validate(node.failure),
        cache=CacheView.model_validate(cache),
    )


@router.get("/nodes/{node_id}/attempts", tags=["run nodes"])
async def list_node_attempts(run_id: str, node_id: str, context: Context, caller: Caller) -> Page[AttemptView]:
    """All of them on one page, the oldest first."""
    node = await node_of(context, caller.team, run_id, node_id)
    return Page[AttemptView](items=attempts_of(node))


@router.get("/nodes/{node_id}/outputs", tags=["run nodes"])
async def list_node_outputs(run_id: str, node_id: str, context: Context, caller: Caller) -> Page[OutputView]:
    """All of them on one page, by name; none before the node has succeeded."""
    node = await node_of(context, caller.team, run_id, node_id)
    outputs = _outputs(node)
    known = await Artifacts(context.backends.documents, caller.team).get_many(
        each["digest"] for each in outputs.values()
    )
    return Page[OutputView](
        items=[
            OutputView(
                name=name,
                **artifact,
                available=artifact["digest"] in known,
                download=f"/api/v1/artifacts/{artifact['digest']}/download",
            )
            for name, artifact in sorted(outputs.items())
        ]
    )


def _outputs(node: NodeRun) -> dict[str, dict[str, Any]]:
    return (node.result or {}).get("outputs", {})
