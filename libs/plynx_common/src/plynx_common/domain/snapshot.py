"""What a run keeps of its graph: exact operations inlined, every parameter a plain value, only what is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from plynx_common.domain import dag
from plynx_common.domain.bindings import bound_output, bound_parameter
from plynx_common.domain.errors import InvalidGraph
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.issues import Issues, has_errors, listed, pointer, summary
from plynx_common.domain.operation import Operation, Parameter, exact_ref
from plynx_common.domain.parameters import BadValue, coerce, default_of
from plynx_common.domain.run_options import RunOptions
from plynx_common.domain.validation import Limits, validate_graph


def make_snapshot(
    graph: Graph,
    operations: Mapping[str, Operation],
    parameters: Mapping[str, Any] | None = None,
    options: RunOptions | None = None,
    kinds: Collection[str] | None = None,
) -> Graph:
    """Raises `InvalidGraph` with every issue. `operations`: of the catalogue by the names that nodes use.

    `parameters` (of the graph) go before those of the options. In the snapshot, `$output` bindings are all that is left
    of bindings; its graph parameters have the values of the run as defaults.
    """
    options = options or RunOptions()
    issues = Issues()
    values = _graph_values(issues, graph, {**options.parameters, **(parameters or {})})
    kept = _kept_nodes(issues, graph, options)
    limits = Limits(kinds=kinds, only=kept, values=values)
    issues.extend(validate_graph(graph, operations, limits))
    if has_errors(issues):
        raise InvalidGraph(f"the graph cannot run: {summary(issues)}", tuple(issues))
    return _resolved(graph, operations, values, kept)


def _graph_values(issues: Issues, graph: Graph, given: Mapping[str, Any]) -> dict[str, Any]:
    declared = {parameter.name: parameter for parameter in graph.parameters}
    for name in given:
        if name not in declared:
            hint = issues.close_match(name, declared) or f": expected one of {listed(declared)}"
            path = pointer("parameters", name)
            issues.error(path, "unknown_parameter", f"the graph has no parameter '{name}'{hint}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        value = given.get(name)
        try:
            if value is None and parameter.required and parameter.default is None:
                message = f"graph parameter '{name}' has no value: give one of type '{parameter.type}'"
                issues.error(pointer("parameters", name), "missing_parameter", message)
            else:
                values[name] = default_of(parameter) if value is None else coerce(parameter, value)
        except BadValue as error:
            # A wrong default is reported with its declaration.
            if value is not None:
                issues.error(pointer("parameters", name), "invalid_parameter", f"graph parameter '{name}': {error}")
    return values


def _kept_nodes(issues: Issues, graph: Graph, options: RunOptions) -> set[str] | None:
    """`None`: all of them."""
    nodes = {node.id for node in graph.nodes}
    forced = () if isinstance(options.force, bool) else options.force
    for field, names in (("targets", options.targets), ("force", forced), ("from_node", options.from_nodes)):
        for name in names:
            if name not in nodes:
                hint = issues.close_match(name, nodes) or ": name one of the graph"
                issues.error(
                    pointer(field), "unknown_node", f"'{field}' names node '{name}', which does not exist{hint}"
                )
    if bool(options.from_nodes) != (options.from_run is not None):
        message = "'from_run' and 'from_node' belong together: give both, or none"
        issues.error(pointer("from_run" if options.from_run is None else "from_node"), "invalid_value", message)
    if not options.targets:
        return None
    return dag.reachable(dag.known_parents(graph.nodes), options.targets)


def _resolved(
    graph: Graph, operations: Mapping[str, Operation], values: Mapping[str, Any], kept: set[str] | None
) -> Graph:
    inlined: dict[str, Operation] = {}
    keys: dict[str, str] = {}
    defaults: dict[str, dict[str, Any]] = {}
    declared: dict[str, dict[str, Parameter]] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if kept is not None and node.id not in kept:
            continue
        name = node.operation
        if name not in keys:
            own = graph.operations.get(name)
            operation = own or operations[name]
            keys[name] = name if own else exact_ref(operation)
            inlined[keys[name]] = operation
            defaults[name] = {parameter.name: default_of(parameter) for parameter in operation.parameters}
            declared[name] = {parameter.name: parameter for parameter in operation.parameters}
        resolved = {
            **defaults[name],
            **{
                key: _plain(declared[name][key], value, values)
                for key, value in node.parameters.items()
                if value is not None
            },
        }
        nodes.append(node.model_copy(update={"operation": keys[name], "parameters": resolved}))
    used = tuple(parameter.model_copy(update={"default": values.get(parameter.name)}) for parameter in graph.parameters)
    return graph.model_copy(update={"nodes": tuple(nodes), "operations": inlined, "parameters": used})


def _plain(parameter: Parameter, value: Any, values: Mapping[str, Any]) -> Any:
    if type(value) is dict:
        if bound_output(value):
            return value  # pyright: ignore[reportUnknownVariableType]
        name = bound_parameter(value)
        if name is not None:
            value = values[name]
    return coerce(parameter, value)
