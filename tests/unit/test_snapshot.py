"""What a run keeps of its graph, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from plynx_common.domain.errors import InvalidGraph
from plynx_common.domain.graph import Graph
from plynx_common.domain.operation import OperationStatus, Parameter
from plynx_common.domain.parsing import parse_graph
from plynx_common.domain.run_options import RunOptions
from plynx_common.domain.snapshot import make_snapshot
from plynx_common.testing.factories import a_graph, a_node, an_operation, link

DEPTH = Parameter(name="depth", type="int", required=True, min=1)


def parameters_of(snapshot: Graph, node: str) -> dict[str, Any]:
    return next(entry.parameters for entry in snapshot.nodes if entry.id == node)


def refused(*arguments: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidGraph) as caught:
        make_snapshot(*arguments)
    return [(issue.path, issue.code) for issue in caught.value.issues]


def test_every_parameter_is_there_in_its_normal_form() -> None:
    snapshot = make_snapshot(
        a_graph(a_node("a", parameters={"depth": "7"}), a_node("b", parameters={"note": None})), {}
    )
    assert parameters_of(snapshot, "a") == {"depth": 7, "note": ""}
    assert parameters_of(snapshot, "b") == {"depth": 3, "note": ""}


def test_bindings_become_the_values_of_the_run() -> None:
    graph = a_graph(a_node("a", parameters={"depth": {"$param": "depth"}}), parameters=(DEPTH,))
    snapshot = make_snapshot(graph, {}, {"depth": "9"})
    assert parameters_of(snapshot, "a")["depth"] == 9
    assert snapshot.parameters[0].default == 9


def test_a_binding_to_an_output_stays() -> None:
    count = an_operation("count", outputs=({"name": "n", "type": "int"},))
    binding = {"$output": {"node": "a", "output": "n"}}
    nodes = a_node("a", operation="count"), a_node("b", parameters={"depth": binding})
    assert (
        parameters_of(make_snapshot(a_graph(*nodes, operations=(count, an_operation())), {}), "b")["depth"] == binding
    )


def test_operations_of_the_catalogue_are_inlined_under_their_exact_version() -> None:
    graph = Graph(nodes=(a_node("a", operation="default/work"), a_node("b", operation="default/work@4")))
    work = an_operation(version=4)
    snapshot = make_snapshot(graph, {"default/work": work, "default/work@4": work, "default/unused@1": work})
    assert [node.operation for node in snapshot.nodes] == ["default/work@4", "default/work@4"]
    assert snapshot.operations == {"default/work@4": work}


def test_a_snapshot_is_valid_on_its_own_and_its_snapshot_is_itself() -> None:
    graph = a_graph(
        a_node("a", parameters={"depth": {"$param": "depth"}}),
        a_node("b", operation="default/other@2", inputs={"data": (link("a"),)}),
        parameters=(DEPTH,),
    )
    snapshot = make_snapshot(graph, {"default/other@2": an_operation("other", version=2)}, {"depth": 2})
    assert make_snapshot(snapshot, {}) == snapshot
    assert parse_graph(snapshot.to_document()) == (snapshot, [])


def test_a_run_may_be_repeated_after_its_operation_was_retired() -> None:
    graph = Graph(nodes=(a_node("a", operation="default/work@1"),))
    snapshot = make_snapshot(graph, {"default/work@1": an_operation()})
    assert refused(graph, {"default/work@1": an_operation(status=OperationStatus.RETIRED)}) == [
        ("/nodes/0/operation", "retired_operation")
    ]
    assert make_snapshot(snapshot, {}) == snapshot


def test_targets_keep_only_what_they_need() -> None:
    graph = a_graph(
        a_node("a"), a_node("b", inputs={"data": (link("a"),)}), a_node("c", "b"), a_node("d", "b"),
        a_node("x", operation="unknown"),
    )  # fmt: skip
    snapshot = make_snapshot(graph, {}, None, RunOptions(targets=("c",)))
    assert [node.id for node in snapshot.nodes] == ["a", "b", "c"]
    assert refused(graph, {}) == [("/nodes/4/operation", "unknown_operation")]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"targets": ("gone",)}, "/targets"),
        ({"force": ("gone",)}, "/force"),
        ({"from_run": "r", "from_node": "gone"}, "/from_node"),
        ({"from_run": "r", "from_node": ("a", "gone")}, "/from_node"),
    ],
)
def test_options_that_name_unknown_nodes_are_refused(options: dict[str, Any], path: str) -> None:
    assert refused(a_graph(a_node("a")), {}, {}, RunOptions(**options)) == [(path, "unknown_node")]


def test_from_run_and_from_node_belong_together() -> None:
    assert refused(a_graph(a_node("a")), {}, {}, RunOptions(from_run="r")) == [("/from_node", "invalid_value")]
    assert refused(a_graph(a_node("a")), {}, {}, RunOptions(from_node="a")) == [("/from_run", "invalid_value")]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({}, "/parameters/depth", "missing_parameter"),
        ({"depth": None}, "/parameters/depth", "missing_parameter"),
        ({"depth": 0}, "/parameters/depth", "invalid_parameter"),
        ({"depth": 1, "depht": 1}, "/parameters/depht", "unknown_parameter"),
    ],
)
def test_wrong_parameters_of_the_run_are_refused(given: dict[str, Any], path: str, code: str) -> None:
    assert (path, code) in refused(a_graph(a_node("a"), parameters=(DEPTH,)), {}, given)


def test_a_value_that_fits_the_graph_and_not_the_node_is_refused_at_the_node() -> None:
    strict = an_operation(parameters=(Parameter(name="depth", type="int", max=5),))
    graph = a_graph(a_node("a", parameters={"depth": {"$param": "depth"}}), operations=(strict,), parameters=(DEPTH,))
    assert refused(graph, {}, {"depth": 6}) == [("/nodes/0/parameters/depth", "invalid_parameter")]


def test_parameters_given_beside_the_options_go_first() -> None:
    graph = a_graph(a_node("a", parameters={"depth": {"$param": "depth"}}), parameters=(DEPTH,))
    assert parameters_of(make_snapshot(graph, {}, {"depth": 1}, RunOptions(parameters={"depth": 2})), "a")["depth"] == 1
    assert parameters_of(make_snapshot(graph, {}, None, RunOptions(parameters={"depth": 2})), "a")["depth"] == 2


def test_the_message_names_the_first_mistake_and_counts_the_others() -> None:
    with pytest.raises(InvalidGraph, match=r"cannot run: operation 'x' of node 'a' is unknown.* \(and 1 more\)"):
        make_snapshot(a_graph(a_node("a", operation="x"), a_node("b", operation="y")), {})


@pytest.mark.parametrize(
    "options",
    [{"priority": 5000}, {"failure_policy": "ignore"}, {"force": "a"}, {"idempotency_key": ""}, {"lables": {}}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunOptions(**options)


def test_force_is_for_all_or_for_some() -> None:
    assert RunOptions(force=True).forces("a")
    assert RunOptions(force=("a",)).forces("a")
    assert not RunOptions(force=("a",)).forces("b")
    assert not RunOptions().forces("a")
