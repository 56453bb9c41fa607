"""Two runs side by side, the older one first: parameters, graph, and node by node what came out, when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plynx_api.cache_explaining import differences_of
from plynx_api.keys import Keys, is_cacheable
from plynx_api.views import GraphDifference, RunView, View, run_view
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.graph_diff import differences
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run

EXECUTED = frozenset({NodeState.RUNNING, NodeState.SUCCEEDED, NodeState.FAILED, NodeState.CANCELLING})


class ParameterChange(View):
    name: str
    before: Any
    after: Any


class RunDifference(GraphDifference):
    """Of the graphs of two runs: clients know it by this name."""


class ComponentDifference(View):
    component: str
    """Of the cache key: `code`, `kind`, `ports`, `environment`, `parameter:<name>` or `input:<name>`."""
    before: str | None
    after: str | None
    message: str


class ComparedSide(View):
    state: str
    seconds: float | None
    """Of its last attempt; null where it was not executed, or is not over."""
    outputs: dict[str, str]
    """Digest by name."""


class ComparedNode(View):
    node: str
    before: ComparedSide | None
    after: ComparedSide | None
    same_state: bool
    same_outputs: bool | None
    """By digest; null where one of them has none."""
    executed_because: list[ComponentDifference]
    """Why the newer run did not find the older one's result in the cache: empty where it did, or nothing differs."""
    message: str | None
    """The same for people; null where nothing was executed in the newer run."""


class ComparisonView(View):
    before: RunView
    after: RunView
    """The newer one, whichever was named first."""
    parameters: list[ParameterChange]
    graph: list[RunDifference]
    nodes: list[ComparedNode]
    """In the order of the newer run, those that only the older one has behind them."""


@dataclass(frozen=True, slots=True)
class Side:
    run: Run
    graph: Graph
    nodes: Mapping[str, NodeRun]
    places: dict[str, Node]
    """Of the graph, by id."""
    keys: Keys

    @classmethod
    def of(cls, run: Run, nodes: Iterable[NodeRun]) -> Side:
        graph = Graph.model_validate(run.graph)
        return cls(
            run, graph, {node.node: node for node in nodes}, {node.id: node for node in graph.nodes}, Keys(graph)
        )


def compared(one: Side, other: Side) -> ComparisonView:
    before, after = sorted((one, other), key=_age)
    return ComparisonView(
        before=run_view(before.run),
        after=run_view(after.run),
        parameters=_parameters(before.run.parameters, after.run.parameters),
        graph=[RunDifference.model_validate(each) for each in differences(before.graph, after.graph)],
        nodes=[_node(id, before, after) for id in {**after.places, **before.places}],
    )


def _age(side: Side) -> tuple[str, str]:
    created_at = side.run.created_at
    return ("" if created_at is None else created_at.isoformat(), side.run.id)


def _parameters(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ParameterChange]:
    names = {**before, **after}
    return [
        ParameterChange(name=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _node(id: str, before: Side, after: Side) -> ComparedNode:
    old, new = _side(before.nodes.get(id)), _side(after.nodes.get(id))
    causes, message = _executed_because(id, before, after)
    return ComparedNode(
        node=id,
        before=old,
        after=new,
        same_state=old is not None and new is not None and old.state == new.state,
        same_outputs=old.outputs == new.outputs if old and new and old.outputs and new.outputs else None,
        executed_because=causes,
        message=message,
    )


def _side(node: NodeRun | None) -> ComparedSide | None:
    if node is None:
        return None
    outputs: dict[str, dict[str, Any]] = (node.result or {}).get("outputs", {})
    seconds = (node.finished_at - node.started_at).total_seconds() if node.started_at and node.finished_at else None
    digests = {name: artifact["digest"] for name, artifact in outputs.items()}
    return ComparedSide(state=node.state.value, seconds=seconds, outputs=digests)


def _executed_because(id: str, before: Side, after: Side) -> tuple[list[ComponentDifference], str | None]:
    new = after.nodes.get(id)
    if new is None or new.state not in EXECUTED:
        return [], None
    place, old_place = after.places[id], before.places.get(id)
    if not is_cacheable(place, after.graph.operations[place.operation]):
        return [], "it is not cacheable: it is always executed"
    if old_place is None or id not in before.nodes:
        return [], "the older run has no such node"
    old_key = before.keys.of(old_place, before.nodes, before.nodes[id].cache_key)
    new_key = after.keys.of(place, after.nodes, new.cache_key)
    if old_key is None or new_key is None:
        return [], "what it was made from is not known in both runs"
    found = differences_of(old_key.components, new_key.components)
    causes = [ComponentDifference.model_validate(each) for each in found]
    if causes:
        return causes, "; ".join(each.message for each in causes)
    if before.nodes[id].state not in (NodeState.SUCCEEDED, NodeState.RESTORED):
        return [], f"nothing differs, but in the older run it is {before.nodes[id].state.value}: it left no result"
    if after.run.force is True or (isinstance(after.run.force, tuple) and id in after.run.force):
        return [], "nothing differs, but the newer run ignores the cache for it"
    return [], "nothing differs, but the older result was not in the cache, or its artifacts were gone"
