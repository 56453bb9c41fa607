"""From a run's snapshot back to a graph that somebody can go on with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from plynx_common.domain.bindings import PARAM
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.ids import OPERATION_REF
from plynx_common.domain.run import Run


def catalogued(graph: Graph) -> tuple[str, ...]:
    """What the snapshot has inlined from the catalogue."""
    return tuple(name for name in graph.operations if OPERATION_REF.fullmatch(name))


def draft_of(run: Run, graph: Graph, known: Collection[str]) -> Graph:
    """Operations that the catalogue still has are named, not copied; parameters are bound again as they were."""
    own = {name: operation for name, operation in graph.operations.items() if name not in known}
    nodes = tuple(_bound(node, run.bindings.get(node.id, {})) for node in graph.nodes)
    return graph.model_copy(update={"operations": own, "nodes": nodes})


def _bound(node: Node, bindings: dict[str, str]) -> Node:
    if not bindings:
        return node
    bound: dict[str, Any] = {name: {PARAM: source} for name, source in bindings.items()}
    return node.model_copy(update={"parameters": {**node.parameters, **bound}})
