"""What never changes about a run: its nodes, who waits for whom, and what each is executed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plynx_common.domain import dag
from plynx_common.domain.cache_key import KeyRecipe, operation_part, recipe
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.ids import pool_name
from plynx_common.domain.operation import Operation
from plynx_common.domain.retry import RetryPolicy
from plynx_common.domain.run import Run
from plynx_common.domain.values import canonical_json, digest_of

FILE_KIND = "file"


@dataclass(frozen=True, slots=True)
class NodePlan:
    id: str
    node: Node
    operation: Operation
    document: dict[str, Any]
    """The operation as it travels in a grant."""
    operation_digest: str
    pool: str
    """Full name, `<team>/<pool>`."""
    key: KeyRecipe | None
    """None: not cacheable."""
    is_forced: bool
    """Its cache entry is not looked up, only written."""
    policy: RetryPolicy
    parents: tuple[str, ...]
    children: tuple[str, ...]
    rank: float
    """Length of the longest path from here to the end of the graph."""

    @property
    def is_file(self) -> bool:
        return self.operation.kind == FILE_KIND


@dataclass(frozen=True, slots=True)
class RunPlan:
    nodes: dict[str, NodePlan]
    """In topological order."""
    files: tuple[str, ...]
    """Digests of the artifacts that file nodes stand for."""
    reused: tuple[str, ...] = ()
    """Nodes whose results are taken from another run, if it has them."""


def make_plan(run: Run, interpreter: str = "") -> RunPlan:
    """`interpreter`: version of the workers' own, part of the keys of Python kinds.

    Raises `InvalidGraph` or a validation error where the snapshot is damaged.
    """
    graph = Graph.model_validate(run.graph)
    shape = dag.topology(graph)
    ranks = dag.longest_remaining(shape)
    operations = {name: _SharedOperation(operation, interpreter) for name, operation in graph.operations.items()}
    by_id = {node.id: node for node in graph.nodes}
    nodes = {id: _node_plan(run, by_id[id], operations[by_id[id].operation], shape, ranks[id]) for id in shape.order}
    files = {plan.operation.artifact.digest: None for plan in nodes.values() if plan.operation.artifact}
    return RunPlan(nodes, tuple(files), _reused(run, nodes, shape))


def _reused(run: Run, nodes: dict[str, NodePlan], shape: dag.Topology) -> tuple[str, ...]:
    if run.from_run is None:
        return ()
    executed = dag.cone(shape, run.from_node)
    return tuple(id for id, plan in nodes.items() if id not in executed and not plan.is_file)


class _SharedOperation:
    """What all nodes of one operation have in common, made once."""

    def __init__(self, operation: Operation, interpreter: str) -> None:
        self.operation = operation
        self.document: dict[str, Any] = operation.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        self.digest = digest_of(canonical_json(self.document))
        self.key_part = operation_part(operation, interpreter)
        self.policy = RetryPolicy(
            retries=operation.retries,
            delay=timedelta(seconds=operation.retry_delay),
            retry_on=operation.retry_on,
            fail_when_lost=operation.on_lost == "fail",
        )


def _node_plan(run: Run, node: Node, shared: _SharedOperation, shape: dag.Topology, rank: float) -> NodePlan:
    operation = shared.operation
    cacheable = operation.cacheable if node.cacheable is None else node.cacheable
    is_executed = operation.kind != FILE_KIND
    return NodePlan(
        id=node.id,
        node=node,
        operation=operation,
        document=shared.document,
        operation_digest=shared.digest,
        pool=pool_name(run.team, node.pool or operation.pool),
        key=recipe(shared.key_part, node.parameters) if cacheable and is_executed else None,
        is_forced=node.id in run.force if isinstance(run.force, tuple) else run.force,
        policy=shared.policy,
        parents=shape.parents[node.id],
        children=shape.children[node.id],
        rank=rank,
    )
