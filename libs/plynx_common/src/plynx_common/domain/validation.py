"""What makes a graph valid: a list of issues, for every mistake one that names the thing and the remedy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from plynx_common.domain import dag
from plynx_common.domain.errors import Issue
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.ids import NODE_ID, OPERATION_NAME, OPERATION_REF
from plynx_common.domain.issues import Issues, check_name, pointer
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.node_validation import GraphFacts, NodeCheck
from plynx_common.domain.operation import Operation, OperationStatus
from plynx_common.domain.operation_validation import check_parameters, validate_operation
from plynx_common.domain.parameters import BadValue, default_of
from plynx_common.domain.parsing import parse_graph, parse_operation

__all__ = ["Limits", "operation_references", "parse_graph", "parse_operation", "validate_graph", "validate_operation"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a graph is checked against, besides itself; `None` is not checked."""

    kinds: Collection[str] | None = None
    """Kinds that workers execute; `None`: every kind this process knows."""
    pools: Collection[str] | None = None
    """Pools that some live worker serves, as graphs write them: `gpu` or `team/gpu`."""
    only: Collection[str] | None = None
    """Nodes to be checked: a run of some targets does not mind what else is in the graph."""
    values: Mapping[str, Any] | None = None
    """Graph parameters as a run will set them; `None`: their defaults."""


def operation_references(graph: Graph) -> list[str]:
    """Operations to be fetched from the catalogue for this graph, each once."""
    return list(dict.fromkeys(node.operation for node in graph.nodes if node.operation not in graph.operations))


def validate_graph(graph: Graph, operations: Mapping[str, Operation], limits: Limits | None = None) -> list[Issue]:
    """Never raises. `operations`: those of the catalogue by the names that nodes use, missing ones left out."""
    limits = limits or Limits()
    issues = Issues()
    if graph.name:
        check_name(issues, "/name", graph.name, OPERATION_NAME, "graph")
    check_parameters(issues, graph.parameters, "/parameters")
    if not graph.nodes:
        issues.error("/nodes", "empty_graph", "the graph has no nodes: add at least one operation")
    _check_own_operations(issues, graph, limits)
    nodes = _nodes_by_id(issues, graph)
    known = {**operations, **graph.operations}
    facts = GraphFacts(
        nodes=nodes,
        operations=known,
        parameters={parameter.name: parameter for parameter in graph.parameters},
        values=_default_values(graph) if limits.values is None else limits.values,
        pools=limits.pools,
    )
    check = NodeCheck(facts, issues)
    for index, node in enumerate(graph.nodes):
        if limits.only is None or node.id in limits.only:
            check.check(node, f"/nodes/{index}")
    _check_catalogue_operations(issues, graph, operations, limits)
    _check_cycles(issues, graph, limits)
    return issues


def _nodes_by_id(issues: Issues, graph: Graph) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for index, node in enumerate(graph.nodes):
        if not NODE_ID.fullmatch(node.id):
            check_name(issues, f"/nodes/{index}/id", node.id, NODE_ID, "node")
        if node.id in nodes:
            message = f"node '{node.id}' exists twice: give one of them another id"
            issues.error(f"/nodes/{index}/id", "duplicate_id", message)
        nodes.setdefault(node.id, node)
    return nodes


def _default_values(graph: Graph) -> dict[str, Any]:
    """Of parameters that have a usable default; required ones get their value with the run."""
    values: dict[str, Any] = {}
    for parameter in graph.parameters:
        if parameter.default is None and parameter.required:
            continue
        try:
            values[parameter.name] = default_of(parameter)
        except BadValue:
            continue  # reported with the declaration
    return values


def _check_own_operations(issues: Issues, graph: Graph, limits: Limits) -> None:
    used = {node.operation for node in graph.nodes if limits.only is None or node.id in limits.only}
    for key, operation in graph.operations.items():
        path = pointer("operations", key)
        if not OPERATION_REF.fullmatch(key):
            check_name(issues, path, key, OPERATION_NAME, "operation")
        if limits.only is None or key in used:
            issues.extend(validate_operation(operation, kinds=limits.kinds, path=path))


def _check_catalogue_operations(
    issues: Issues, graph: Graph, operations: Mapping[str, Operation], limits: Limits
) -> None:
    """Once per operation, where it is used first."""
    seen: set[str] = set(graph.operations)
    for index, node in enumerate(graph.nodes):
        name = node.operation
        if name in seen or (limits.only is not None and node.id not in limits.only):
            continue
        seen.add(name)
        if name in operations:
            _check_status(issues, operations[name], name, f"/nodes/{index}/operation", limits)


def _check_status(issues: Issues, operation: Operation, name: str, path: str, limits: Limits) -> None:
    successor = f": use its successor '{operation.successor}'" if operation.successor else ": use another one"
    if operation.status is OperationStatus.RETIRED:
        issues.error(path, "retired_operation", f"operation '{name}' is retired{successor}")
    elif operation.status is OperationStatus.DEPRECATED:
        issues.warning(path, "deprecated_operation", f"operation '{name}' is deprecated{successor}")
    elif operation.status is OperationStatus.DRAFT:
        issues.warning(path, "draft_operation", f"operation '{name}' is a draft, which may change: approve it")
        found = validate_operation(operation, kinds=limits.kinds)
        issues.extend(
            Issue(path, issue.code, f"operation '{name}': {issue.message}", issue.severity) for issue in found
        )
        return
    kinds = KINDS if limits.kinds is None else limits.kinds
    if operation.kind not in kinds:
        hint = issues.close_match(operation.kind, kinds)
        message = f"operation '{name}' is of kind '{operation.kind}', which no worker executes{hint}"
        issues.error(path, "unknown_kind", message)


def _check_cycles(issues: Issues, graph: Graph, limits: Limits) -> None:
    only = limits.only
    nodes = graph.nodes if only is None else [node for node in graph.nodes if node.id in only]
    # A link of a node to itself has been reported where it stands.
    parents = {
        name: found if name not in found else tuple(parent for parent in found if parent != name)
        for name, found in dag.known_parents(nodes).items()
    }
    cycle = dag.find_cycle(parents)
    if cycle:
        index = next(index for index, node in enumerate(graph.nodes) if node.id == cycle[0])
        issues.error(f"/nodes/{index}", "cycle", dag.cycle_message(cycle))
