"""What the cache key of a node is made of, worked out again from what its run has stored: nobody keeps it for us."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plynx_common.domain.cache_key import OperationPart, operation_part, recipe
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.node_run import NodeRun
from plynx_common.domain.operation import Operation

INTERPRETERS = (platform.python_version(), "")
"""What the scheduler may have taken for the workers' own, the likeliest first."""
DEPENDS_ON_INTERPRETER = "environment"


@dataclass(frozen=True, slots=True)
class Key:
    text: str
    components: dict[str, str]


def is_cacheable(node: Node, operation: Operation) -> bool:
    asked = operation.cacheable if node.cacheable is None else node.cacheable
    return asked and operation.kind != FILE_KIND


class Keys:
    """Of the nodes of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._parts: dict[tuple[str, str], OperationPart] = {}
        """By operation and interpreter: most nodes share them."""

    def of(self, node: Node, results: Mapping[str, NodeRun], known: str | None) -> Key | None:
        """None where a producer has no result (any more). `known`: the key, where the run has stored it."""
        sources = [(name, [(link.node, link.output) for link in links]) for name, links in node.inputs.items()]
        inputs = {name: _outputs(results, places) for name, places in sources}
        if any(len(inputs[name]) < len(places) for name, places in sources):
            return None
        key = Key("", {})
        for interpreter in reversed(INTERPRETERS):
            made = recipe(self._part(node.operation, interpreter), node.parameters)
            bound = dict(zip(made.bound, _outputs(results, made.bound.values()), strict=False))
            if len(bound) < len(made.bound):
                return None
            key = Key(made.key(inputs, bound), made.components(inputs, bound))
            if key.text == known:
                return key
        if known is None:
            return key
        # Made with yet another interpreter, of which nothing is known here.
        return Key(known, {name: value for name, value in key.components.items() if name != DEPENDS_ON_INTERPRETER})

    def _part(self, operation: str, interpreter: str) -> OperationPart:
        place = (operation, interpreter)
        if place not in self._parts:
            self._parts[place] = operation_part(self._graph.operations[operation], interpreter)
        return self._parts[place]


def key_of(graph: Graph, node: Node, results: Mapping[str, NodeRun], known: str | None) -> Key | None:
    """Of one node; who asks about many keeps the `Keys`."""
    return Keys(graph).of(node, results, known)


def _outputs(results: Mapping[str, NodeRun], places: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Artifacts, as far as they are there."""
    found: list[dict[str, Any]] = []
    for node, output in places:
        producer = results.get(node)
        outputs: dict[str, dict[str, Any]] = (producer.result or {}).get("outputs", {}) if producer else {}
        if output in outputs:
            found.append(outputs[output])
    return found
