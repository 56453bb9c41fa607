"""Upgrade of a graph's nodes: successors are followed, what still fits is kept, and every change is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plynx_common.domain.bindings import bound_output, bound_parameter, is_binding
from plynx_common.domain.graph import Graph, Node, OutputRef
from plynx_common.domain.operation import Input, Operation, Parameter
from plynx_common.domain.parameters import BadValue, coerce, may_be_bound
from plynx_common.domain.types import accepts


@dataclass(frozen=True, slots=True)
class Change:
    node: str
    message: str
    is_loss: bool = False
    """Something of the node could not be kept: somebody should look."""


def newest_successor(name: str, operations: Mapping[str, Operation]) -> str:
    """Where the successors of an operation end, as far as they are known; itself if it has none."""
    seen = {name}
    while found := operations.get(name):
        following = found.successor
        if following is None or following not in operations or following in seen:
            break
        seen.add(following)
        name = following
    return name


def upgraded(graph: Graph, operations: Mapping[str, Operation]) -> tuple[Graph, tuple[Change, ...]]:
    """`operations`: of the catalogue by the names that nodes and `successor` fields use."""
    names = {node.operation: newest_successor(node.operation, operations) for node in graph.nodes}
    if all(old == new for old, new in names.items()):
        return graph, ()
    known = {**operations, **graph.operations}
    moved = [node.model_copy(update={"operation": names[node.operation]}) for node in graph.nodes]
    fitting = _Fitting(graph, {node.id: known[node.operation] for node in moved if node.operation in known})
    nodes = tuple(fitting.fitted(old, new) for old, new in zip(graph.nodes, moved, strict=True))
    return graph.model_copy(update={"nodes": nodes}), tuple(fitting.changes)


@dataclass(slots=True)
class _Fitting:
    graph: Graph
    operations: Mapping[str, Operation]
    """By node, after the upgrade."""
    changes: list[Change] = field(default_factory=list[Change])

    def fitted(self, old: Node, new: Node) -> Node:
        if old.operation != new.operation:
            self.changes.append(Change(old.id, f"node '{old.id}' uses '{new.operation}' instead of '{old.operation}'"))
        operation = self.operations.get(new.id)
        if operation is None:
            return new
        inputs = {port.name: port for port in operation.inputs}
        parameters = {parameter.name: parameter for parameter in operation.parameters}
        kept_inputs = {
            name: kept
            for name, links in new.inputs.items()
            if (kept := self._links(new, name, inputs.get(name), links))
        }
        kept_parameters = {
            name: value
            for name, value in new.parameters.items()
            if self._keeps_parameter(new, name, parameters.get(name), value)
        }
        if kept_inputs == new.inputs and kept_parameters == new.parameters:
            return new
        return new.model_copy(update={"inputs": kept_inputs, "parameters": kept_parameters})

    def _links(self, node: Node, name: str, port: Input | None, links: tuple[OutputRef, ...]) -> tuple[OutputRef, ...]:
        if port is None:
            self._lose(node, f"input '{name}' is gone, with its {len(links)} link(s)")
            return ()
        kept = tuple(link for link in links if self._fits(link, port))
        for link in links:
            if link not in kept:
                self._lose(node, f"input '{name}' no longer takes output '{link.output}' of node '{link.node}'")
        if 0 < port.max < len(kept):
            self._lose(
                node, f"input '{name}' takes at most {port.max} link(s), the last {len(kept) - port.max} are gone"
            )
            kept = kept[: port.max]
        return kept

    def _fits(self, link: OutputRef, port: Input) -> bool:
        found = self._output_type(link.node, link.output)
        return found is not None and accepts(port.types, found)

    def _output_type(self, node: str, output: str) -> str | None:
        operation = self.operations.get(node)
        if operation is None:
            return None
        return next((port.type for port in operation.outputs if port.name == output), None)

    def _keeps_parameter(self, node: Node, name: str, parameter: Parameter | None, value: Any) -> bool:
        if parameter is None:
            self._lose(node, f"parameter '{name}' is gone")
            return False
        problem = self._problem(parameter, value)
        if problem:
            self._lose(node, f"parameter '{name}' lost its value: {problem}")
        return problem is None

    def _problem(self, parameter: Parameter, value: Any) -> str | None:
        if value is None:
            return None
        if is_binding(value):
            source = self._binding_type(value)
            fits = source is not None and may_be_bound(parameter.type, source)
            return None if fits else f"what it is bound to is '{source}', it is '{parameter.type}'"
        try:
            coerce(parameter, value)
        except BadValue as error:
            return str(error)
        return None

    def _binding_type(self, value: Any) -> str | None:
        name = bound_parameter(value)
        if name is not None:
            return next((entry.type for entry in self.graph.parameters if entry.name == name), None)
        source = bound_output(value)
        return None if source is None else self._output_type(*source)

    def _lose(self, node: Node, what: str) -> None:
        self.changes.append(Change(node.id, f"node '{node.id}': {what}", is_loss=True))
