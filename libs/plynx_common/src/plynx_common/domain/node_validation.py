"""One node of a graph: its operation, links, parameters and pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plynx_common.domain.bindings import bound_output, bound_parameter, is_binding
from plynx_common.domain.graph import Node, OutputRef
from plynx_common.domain.issues import Issues, listed, pointer
from plynx_common.domain.operation import Input, Operation, Parameter
from plynx_common.domain.operation_validation import POOL
from plynx_common.domain.parameters import BadValue, coerce, may_be_bound
from plynx_common.domain.types import TYPES, accepts


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What a node is checked against."""

    nodes: Mapping[str, Node]
    operations: Mapping[str, Operation]
    """By the names that nodes use."""
    parameters: Mapping[str, Parameter]
    """Of the graph."""
    values: Mapping[str, Any]
    """Of graph parameters, as far as they are known."""
    pools: Collection[str] | None


@dataclass(frozen=True, slots=True)
class _Ports:
    """An operation, as a node's fields are looked up in it."""

    inputs: dict[str, Input]
    outputs: dict[str, str]
    parameters: dict[str, Parameter]
    required: tuple[str, ...]
    """Parameters without a default that need a value."""


def _ports(operation: Operation) -> _Ports:
    return _Ports(
        inputs={port.name: port for port in operation.inputs},
        outputs={port.name: port.type for port in operation.outputs},
        parameters={parameter.name: parameter for parameter in operation.parameters},
        required=tuple(item.name for item in operation.parameters if item.required and item.default is None),
    )


class NodeCheck:
    """Adds what it finds to `issues`; remembers what nodes share, so that a check costs the same in any graph."""

    def __init__(self, facts: GraphFacts, issues: Issues) -> None:
        self._facts = facts
        self._issues = issues
        self._ports = {name: _ports(operation) for name, operation in facts.operations.items()}
        self._accepted: dict[tuple[tuple[str, ...], str], bool] = {}

    def check(self, node: Node, path: str) -> None:
        ports = self._ports.get(node.operation)
        if ports is None:
            self._unknown_operation(node, path)
        else:
            self._check_inputs(node, ports, path)
            self._check_parameters(node, ports, path)
        if node.after:
            self._check_after(node, path)
        self._check_pool(node, path)

    def _unknown_operation(self, node: Node, path: str) -> None:
        hint = (
            self._issues.close_match(node.operation, self._facts.operations)
            or ": name one of the catalogue or of the graph itself"
        )
        message = f"operation '{node.operation}' of node '{node.id}' is unknown{hint}"
        self._issues.error(f"{path}/operation", "unknown_operation", message)

    def _check_inputs(self, node: Node, ports: _Ports, path: str) -> None:
        for name, links in node.inputs.items():
            port = ports.inputs.get(name)
            where = path + pointer("inputs", name)
            if port is None:
                hint = self._issues.close_match(name, ports.inputs) or f": expected one of {listed(ports.inputs)}"
                message = f"operation '{node.operation}' of node '{node.id}' has no input '{name}'{hint}"
                self._issues.error(where, "unknown_input", message)
                continue
            for position, link in enumerate(links):
                self._check_link(node, port, link, f"{where}/{position}")
        for name, port in ports.inputs.items():
            count = len(node.inputs.get(name, ()))
            if count < port.min or 0 < port.max < count:
                self._wrong_count(node, port, count, path)

    def _wrong_count(self, node: Node, port: Input, count: int, path: str) -> None:
        where = path + pointer("inputs", port.name)
        if count < port.min:
            expected = "a link" if port.is_single else f"at least {port.min} link(s), has {count}"
            message = (
                f"input '{port.name}' of node '{node.id}' needs {expected}: connect an output of type {_types(port)}"
            )
            self._issues.error(where, "missing_input", message)
        else:
            message = (
                f"input '{port.name}' of node '{node.id}' has {count} links, takes at most {port.max}: remove some"
            )
            self._issues.error(where, "too_many_inputs", message)

    def _check_link(self, node: Node, port: Input, link: OutputRef, where: str) -> None:
        found = self._output_type(node, link.node, link.output, where)
        if found is None:
            return
        case = (port.types, found)
        fits = self._accepted.get(case)
        if fits is None:
            fits = self._accepted[case] = accepts(*case)
        if not fits:
            message = (
                f"output '{link.output}' of node '{link.node}' is '{found}', "
                f"input '{port.name}' of node '{node.id}' takes {_types(port)}: connect an output that fits"
            )
            self._issues.error(where, "incompatible_types", message)

    def _output_type(self, node: Node, source: str, output: str, where: str) -> str | None:
        """`None` where it is not known, which has been reported then."""
        target = self._facts.nodes.get(source)
        if target is None:
            self._unknown_node(node, source, f"{where}/node")
            return None
        if source == node.id:
            self._self_link(node, where)
            return None
        ports = self._ports.get(target.operation)
        if ports is None:
            return None  # reported with that node
        found = ports.outputs.get(output)
        if found is None:
            hint = self._issues.close_match(output, ports.outputs) or f": expected one of {listed(ports.outputs)}"
            message = f"node '{source}' has no output '{output}'{hint}"
            self._issues.error(f"{where}/output", "unknown_output", message)
        return found

    def _unknown_node(self, node: Node, name: str, where: str) -> None:
        hint = self._issues.close_match(name, self._facts.nodes) or ": remove the link, or add the node"
        self._issues.error(
            where, "unknown_node", f"node '{node.id}' refers to node '{name}', which does not exist{hint}"
        )

    def _self_link(self, node: Node, where: str) -> None:
        self._issues.error(where, "self_link", f"node '{node.id}' depends on itself: remove the link")

    def _check_after(self, node: Node, path: str) -> None:
        for position, name in enumerate(node.after):
            if name == node.id:
                self._self_link(node, f"{path}/after/{position}")
            elif name not in self._facts.nodes:
                self._unknown_node(node, name, f"{path}/after/{position}")

    def _check_parameters(self, node: Node, ports: _Ports, path: str) -> None:
        for name, value in node.parameters.items():
            parameter = ports.parameters.get(name)
            if parameter is None:
                hint = (
                    self._issues.close_match(name, ports.parameters) or f": expected one of {listed(ports.parameters)}"
                )
                message = f"operation '{node.operation}' of node '{node.id}' has no parameter '{name}'{hint}"
                self._issues.error(path + pointer("parameters", name), "unknown_parameter", message)
            elif value is not None:
                self._check_value(node, parameter, value, path)
        for name in ports.required:
            if node.parameters.get(name) is None:
                kind = ports.parameters[name].type
                message = f"parameter '{name}' of node '{node.id}' has no value: give one of type '{kind}'"
                self._issues.error(path + pointer("parameters", name), "missing_parameter", message)

    def _check_value(self, node: Node, parameter: Parameter, value: Any, path: str) -> None:
        if type(value) is dict and is_binding(value):
            self._check_binding(node, parameter, value, path + pointer("parameters", parameter.name))
            return
        try:
            coerce(parameter, value)
        except BadValue as error:
            message = f"parameter '{parameter.name}' of node '{node.id}': {error}"
            self._issues.error(path + pointer("parameters", parameter.name), "invalid_parameter", message)

    def _check_binding(self, node: Node, parameter: Parameter, value: Any, where: str) -> None:
        subject = f"parameter '{parameter.name}' of node '{node.id}'"
        name, source = bound_parameter(value), bound_output(value)
        if name is not None:
            self._check_bound_parameter(subject, parameter, name, where)
        elif source is not None:
            found = self._output_type(node, *source, where + "/$output")
            if found is not None and not may_be_bound(parameter.type, found):
                scalar = found in TYPES and TYPES[found].is_scalar
                remedy = "give both the same type" if scalar else "bind it to a scalar (int, float, str, bool)"
                message = (
                    f"{subject} is '{parameter.type}' and bound to output '{source[1]}' of type '{found}': {remedy}"
                )
                self._issues.error(where, "incompatible_types", message)
        else:
            expected = '{"$param": name} or {"$output": {"node": …, "output": …}}'
            self._issues.error(where, "invalid_parameter", f"{subject} has a malformed binding: expected {expected}")

    def _check_bound_parameter(self, subject: str, parameter: Parameter, name: str, where: str) -> None:
        source = self._facts.parameters.get(name)
        if source is None:
            hint = self._issues.close_match(name, self._facts.parameters) or ": declare it in the graph's parameters"
            message = f"{subject} is bound to '{name}', which the graph does not declare{hint}"
            self._issues.error(where, "unknown_parameter", message)
            return
        if not may_be_bound(parameter.type, source.type):
            message = f"{subject} is '{parameter.type}' and bound to graph parameter '{name}' of type '{source.type}'"
            self._issues.error(where, "incompatible_types", f"{message}: give both the same type")
            return
        if self._facts.values.get(name) is not None:
            try:
                coerce(parameter, self._facts.values[name])
            except BadValue as error:
                message = f"{subject}, bound to graph parameter '{name}': {error}"
                self._issues.error(where, "invalid_parameter", message)

    def _check_pool(self, node: Node, path: str) -> None:
        if node.pool and not POOL.fullmatch(node.pool):
            message = f"pool '{node.pool}' of node '{node.id}' has a bad name: write it as 'gpu' or 'team/gpu'"
            self._issues.error(f"{path}/pool", "bad_name", message)
        elif self._facts.pools is not None:
            operation = self._facts.operations.get(node.operation)
            pool = node.pool or (operation.pool if operation else "") or "default"
            if pool not in self._facts.pools:
                message = f"no live worker serves pool '{pool}' of node '{node.id}': start one, or choose another pool"
                self._issues.warning(f"{path}/pool", "unreachable_pool", message)


def _types(port: Input) -> str:
    names: Sequence[str] = [f"'{name}'" for name in port.types]
    return " or ".join(names) or "nothing"
