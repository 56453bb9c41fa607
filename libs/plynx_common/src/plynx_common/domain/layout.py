"""Where nodes stand on a canvas: in layers from left to right, with few crossings. Deterministic."""

from __future__ import annotations

from collections.abc import Sequence

from plynx_common.domain import dag
from plynx_common.domain.graph import Graph, Position

COLUMN = 320.0
"""From one layer to the next."""
ROW = 140.0
"""From one node of a layer to the next."""
SWEEPS = 4
"""Over all layers, forth and back: more changes little."""

Edges = dag.Edges


def positions(graph: Graph) -> dict[str, Position]:
    """Of every node; raises `InvalidGraph` for a cycle."""
    shape = dag.topology(graph)
    layers = _layers(shape)
    for sweep in range(SWEEPS):
        if sweep % 2:
            _order(layers[-2::-1], layers[::-1], shape.children)
        else:
            _order(layers[1:], layers, shape.parents)
    tallest = max((len(layer) for layer in layers), default=0)
    return {
        name: Position(x=column * COLUMN, y=(row + (tallest - len(layer)) / 2) * ROW)
        for column, layer in enumerate(layers)
        for row, name in enumerate(layer)
    }


def _layers(shape: dag.Topology) -> list[list[str]]:
    """Each node right behind the last of its parents; what has none stands right before its first child."""
    depths: dict[str, int] = {}
    for name in shape.order:
        depths[name] = 1 + max((depths[parent] for parent in shape.parents[name]), default=-1)
    for name in shape.order:
        if not shape.parents[name] and shape.children[name]:
            depths[name] = min(depths[child] for child in shape.children[name]) - 1
    layers: list[list[str]] = [[] for _ in range(1 + max(depths.values(), default=-1))]
    for name in shape.order:
        layers[depths[name]].append(name)
    return layers


def _order(layers: Sequence[list[str]], beside: Sequence[list[str]], neighbours: Edges) -> None:
    """Sorts each layer by the middle of where its neighbours stand; `beside` is what was placed before it."""
    rows = {name: row for row, name in enumerate(beside[0])} if beside else {}
    for layer in layers:
        own = {name: row for row, name in enumerate(layer)}
        middles = {name: _middle(rows, neighbours[name], own[name]) for name in layer}
        layer.sort(key=lambda name: (middles[name], own[name]))
        rows |= {name: row for row, name in enumerate(layer)}


def _middle(rows: dict[str, int], neighbours: Sequence[str], otherwise: int) -> float:
    known = [rows[name] for name in neighbours if name in rows]
    return sum(known) / len(known) if known else float(otherwise)
