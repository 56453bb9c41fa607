"""The shape of a graph: who waits for whom, in which order, along which paths. Linear in nodes and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plynx_common.domain.bindings import bound_output
from plynx_common.domain.errors import InvalidGraph, Issue
from plynx_common.domain.graph import Graph, Node

Edges = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Topology:
    order: tuple[str, ...]
    """Every node after its parents; nodes that are free to choose keep the graph's order."""
    parents: dict[str, tuple[str, ...]]
    """Producers a node waits for, by data links, `$output` bindings and `after`: each once."""
    children: dict[str, tuple[str, ...]]


def parents_of(node: Node) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for links in node.inputs.values():
        for link in links:
            found[link.node] = None
    for value in node.parameters.values():
        if type(value) is dict and (source := bound_output(value)):
            found[source[0]] = None
    for name in node.after:
        found[name] = None
    return tuple(found)


def topology(graph: Graph) -> Topology:
    """Raises `InvalidGraph` that names the nodes of a cycle. Links to nodes that do not exist are left out."""
    parents = known_parents(graph.nodes)
    children = reversed_edges(parents)
    order = topological_order(parents, children)
    if len(order) < len(parents):
        cycle = find_cycle(parents) or []
        message = cycle_message(cycle)
        raise InvalidGraph(message, (Issue("/nodes", "cycle", message),))
    return Topology(order, parents, children)


def known_parents(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    raw = {node.id: parents_of(node) for node in nodes}
    return {
        name: found if all(parent in raw for parent in found) else tuple(parent for parent in found if parent in raw)
        for name, found in raw.items()
    }


def reversed_edges(edges: Edges) -> dict[str, tuple[str, ...]]:
    turned: dict[str, list[str]] = {name: [] for name in edges}
    for name, targets in edges.items():
        for target in targets:
            turned[target].append(name)
    return {name: tuple(sources) for name, sources in turned.items()}


def topological_order(parents: Edges, children: Edges) -> tuple[str, ...]:
    """Shorter than `parents` if there is a cycle: its nodes, and those behind it, are missing."""
    open_parents = {name: len(found) for name, found in parents.items()}
    order = [name for name, count in open_parents.items() if not count]
    for name in order:  # grows while it is walked
        for child in children[name]:
            open_parents[child] -= 1
            if not open_parents[child]:
                order.append(child)
    return tuple(order)


def find_cycle(parents: Edges) -> list[str] | None:
    """Nodes of one cycle in the direction of the data: each is a parent of the next, the last one of the first."""
    children = reversed_edges(parents)
    free = set(topological_order(parents, children))
    name = next((name for name in parents if name not in free), None)
    if name is None:
        return None
    # What is not free has a parent that is not free: going up must come round.
    seen: dict[str, int] = {}
    path: list[str] = []
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = next(parent for parent in parents[name] if parent not in free)
    cycle = path[seen[name] :][::-1]
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def cycle_message(cycle: Sequence[str]) -> str:
    shown = [f"'{name}'" for name in cycle]
    if len(shown) == 1:
        return f"node {shown[0]} depends on itself: remove that link"
    if len(shown) > 12:
        shown = [*shown[:6], f"… {len(cycle) - 9} more …", *shown[-3:]]
    return f"nodes form a cycle: {' → '.join([*shown, shown[0]])}; remove one of these links"


def longest_remaining(shape: Topology, weights: Mapping[str, float] | None = None) -> dict[str, float]:
    """Length of the longest path from the start of each node to the end of the graph; a node weighs 1 by default."""
    lengths: dict[str, float] = {}
    children = shape.children
    for name in reversed(shape.order):
        below = children[name]
        longest = max([lengths[child] for child in below]) if below else 0.0
        lengths[name] = longest + (1.0 if weights is None else weights.get(name, 1.0))
    return lengths


def cone(shape: Topology, roots: Iterable[str]) -> set[str]:
    """These nodes and everything that depends on them."""
    return reachable(shape.children, roots)


def ancestors(shape: Topology, targets: Iterable[str]) -> set[str]:
    """These nodes and everything they need."""
    return reachable(shape.parents, targets)


def reachable(edges: Edges, roots: Iterable[str]) -> set[str]:
    """Names that are in no edge are ignored."""
    waiting = [name for name in roots if name in edges]
    found = set(waiting)
    while waiting:
        for name in edges[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
