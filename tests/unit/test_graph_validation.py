"""What is wrong with a graph, by place and code, with the thing named and a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.domain.errors import Issue
from plynx_common.domain.graph import Graph
from plynx_common.domain.operation import Input, Operation, OperationStatus, Output, Parameter
from plynx_common.domain.validation import Limits, operation_references, validate_graph
from plynx_common.testing.factories import a_graph, a_node, an_operation, link

MAKE = an_operation("make", inputs=(), outputs=(Output(name="table", type="csv"), Output(name="count", type="int")))
READ = an_operation(
    "read", inputs=(Input(name="table", types=("csv", "tsv")),), outputs=(Output(name="text", type="text"),)
)
STRICT = an_operation(
    "strict",
    inputs=(Input(name="pair", min=2, max=2),),
    parameters=(
        Parameter(name="must", type="int", required=True, min=1),
        Parameter(name="word", type="enum", choices=("a", "b")),
    ),
)
ALL = (an_operation(), MAKE, READ, STRICT)


def issues_of(*nodes: Any, **fields: Any) -> list[Issue]:
    return validate_graph(a_graph(*nodes, operations=ALL, **fields), {})


def test_a_valid_graph_has_no_issues() -> None:
    nodes = a_node("a", operation="make"), a_node("b", operation="read", inputs={"table": (link("a", "table"),)})
    assert issues_of(*nodes, a_node("c", "a", "b")) == []


def test_a_graph_without_nodes_is_empty() -> None:
    (issue,) = validate_graph(Graph(), {})
    assert (issue.path, issue.code) == ("/nodes", "empty_graph")


def strict(**fields: Any) -> tuple[Any, ...]:
    """A node that is right but for what the test says, and its producers."""
    given = {"inputs": {"pair": (link("x"), link("y"))}, "parameters": {"must": 1}, **fields}
    return a_node("x"), a_node("y"), a_node("s", operation="strict", **given)


def bound_to(value: Any) -> dict[str, Any]:
    return {"parameters": {"must": value}}


S = "/nodes/2"
WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"inputs": {}}, f"{S}/inputs/pair", "missing_input", "input 'pair' of node 's' needs at least 2 link(s), has 0"),
    ({"inputs": {"pair": (link("x"),)}}, f"{S}/inputs/pair", "missing_input", "has 1"),
    (
        {"inputs": {"pair": (link("x"), link("y"), link("x"))}},
        f"{S}/inputs/pair", "too_many_inputs", "has 3 links, takes at most 2",
    ),
    (
        {"inputs": {"pair": (link("x"), link("y")), "pairs": (link("x"),)}},
        f"{S}/inputs/pairs", "unknown_input", "has no input 'pairs'; did you mean 'pair'?",
    ),
    (
        {"inputs": {"pair": (link("x"), link("yy"))}},
        f"{S}/inputs/pair/1/node", "unknown_node", "node 's' refers to node 'yy', which does not exist",
    ),
    (
        {"inputs": {"pair": (link("x"), link("y", "reslt"))}},
        f"{S}/inputs/pair/1/output", "unknown_output", "node 'y' has no output 'reslt'; did you mean 'result'?",
    ),
    ({"inputs": {"pair": (link("x"), link("s"))}}, f"{S}/inputs/pair/1", "self_link", "node 's' depends on itself"),
    ({"after": ("s",)}, f"{S}/after/0", "self_link", "node 's' depends on itself"),
    ({"after": ("gone",)}, f"{S}/after/0", "unknown_node", "node 'gone'"),
    ({"parameters": {}}, f"{S}/parameters/must", "missing_parameter", "parameter 'must' of node 's' has no value"),
    (bound_to(None), f"{S}/parameters/must", "missing_parameter", "give one of type 'int'"),
    (bound_to(0), f"{S}/parameters/must", "invalid_parameter", "'must' of node 's': expected at least 1, got 0"),
    (bound_to("x"), f"{S}/parameters/must", "invalid_parameter", "expected a whole number"),
    (
        {"parameters": {"must": 1, "wrd": "a"}},
        f"{S}/parameters/wrd", "unknown_parameter", "has no parameter 'wrd'; did you mean 'word'?",
    ),
    ({"parameters": {"must": 1, "word": "c"}}, f"{S}/parameters/word", "invalid_parameter", "one of 'a', 'b'"),
    (bound_to({"$param": "depht"}), f"{S}/parameters/must", "unknown_parameter", "did you mean 'depth'?"),
    (
        bound_to({"$param": "name"}),
        f"{S}/parameters/must", "incompatible_types", "is 'int' and bound to graph parameter 'name' of type 'str'",
    ),
    (bound_to({"$param": "depth"}), f"{S}/parameters/must", "invalid_parameter", "parameter 'depth': expected at"),
    (bound_to({"$param": 1}), f"{S}/parameters/must", "invalid_parameter", "malformed binding"),
    (bound_to({"$param": "depth", "x": 1}), f"{S}/parameters/must", "invalid_parameter", "malformed binding"),
    (bound_to({"$output": {"node": "x"}}), f"{S}/parameters/must", "invalid_parameter", "malformed binding"),
    (
        bound_to({"$output": {"node": "x", "output": "result"}}),
        f"{S}/parameters/must", "incompatible_types", "of type 'file': bind it to a scalar",
    ),
    (bound_to({"$output": {"node": "z", "output": "a"}}), f"{S}/parameters/must/$output/node", "unknown_node", "'z'"),
    (
        bound_to({"$output": {"node": "x", "output": "a"}}),
        f"{S}/parameters/must/$output/output", "unknown_output", "node 'x' has no output 'a'",
    ),
    ({"pool": "My Pool"}, f"{S}/pool", "bad_name", "pool 'My Pool' of node 's'"),
]  # fmt: skip
GRAPH_PARAMETERS = (Parameter(name="depth", type="int"), Parameter(name="name"))


@pytest.mark.parametrize(("fields", "path", "code", "reason"), WRONG, ids=[f"{case[2]}-{case[3]}" for case in WRONG])
def test_each_mistake_of_a_node_is_found_where_it_is(fields: dict[str, Any], path: str, code: str, reason: str) -> None:
    (issue,) = issues_of(*strict(**fields), parameters=GRAPH_PARAMETERS)
    assert (issue.path, issue.code, issue.severity) == (path, code, "error")
    assert reason in issue.message


def test_incompatible_types_are_both_named() -> None:
    (issue,) = issues_of(a_node("a"), a_node("b", operation="read", inputs={"table": (link("a"),)}))
    assert (issue.path, issue.code) == ("/nodes/1/inputs/table/0", "incompatible_types")
    assert issue.message.startswith(
        "output 'result' of node 'a' is 'file', input 'table' of node 'b' takes 'csv' or 'tsv'"
    )


def test_a_scalar_output_may_be_a_parameter_downstream() -> None:
    depth = {"$output": {"node": "a", "output": "count"}}
    assert issues_of(a_node("a", operation="make"), a_node("b", parameters={"depth": depth})) == []


def test_an_optional_input_may_stay_open_and_an_unlimited_one_takes_many() -> None:
    many = {"data": tuple(link("a") for _ in range(100))}
    assert issues_of(a_node("a"), a_node("b", inputs=many), a_node("c", inputs={"data": ()})) == []


def test_an_unknown_operation_is_named_with_the_closest_one() -> None:
    (issue,) = issues_of(a_node("a", operation="wrok"))
    assert (issue.path, issue.code) == ("/nodes/0/operation", "unknown_operation")
    assert issue.message == "operation 'wrok' of node 'a' is unknown; did you mean 'work'?"


def test_two_nodes_of_one_id_are_an_error() -> None:
    (issue,) = issues_of(a_node("a"), a_node("a"))
    assert (issue.path, issue.code) == ("/nodes/1/id", "duplicate_id")


@pytest.mark.parametrize("id", ["", "A", "-a", "a b", "x" * 64, "ä"])
def test_a_bad_node_id_is_an_error(id: str) -> None:
    (issue,) = issues_of(a_node(id))
    assert (issue.path, issue.code) == ("/nodes/0/id", "bad_name")


def test_a_cycle_is_named_in_the_direction_of_the_data() -> None:
    nodes = (
        a_node("d", "c"),
        a_node("a", inputs={"data": (link("c"),)}),
        a_node("b", parameters={"depth": 1}, inputs={"data": (link("a"),)}),
        a_node("c", "b"),
    )
    (issue,) = issues_of(*nodes)
    assert (issue.path, issue.code) == ("/nodes/1", "cycle")
    assert issue.message == "nodes form a cycle: 'a' → 'b' → 'c' → 'a'; remove one of these links"


def test_a_binding_to_an_output_can_close_a_cycle() -> None:
    depth = {"$output": {"node": "a", "output": "count"}}
    count = an_operation("count", outputs=(Output(name="count", type="int"),))
    graph = a_graph(a_node("a", "b", operation="count"), a_node("b", operation="count", parameters={"depth": depth}),
                    operations=(count,))  # fmt: skip
    (issue,) = validate_graph(graph, {})
    assert "'a' → 'b' → 'a'" in issue.message


def test_a_graphs_own_parameters_and_operations_are_checked() -> None:
    graph = a_graph(
        a_node("a"),
        operations=(an_operation(cmd=""),),
        parameters=(Parameter(name="x", type="int", default="y"),),
        name="My Graph",
    )
    assert [(issue.path, issue.code) for issue in validate_graph(graph, {})] == [
        ("/name", "bad_name"),
        ("/parameters/0/default", "invalid_parameter"),
        ("/operations/work/cmd", "missing_cmd"),
    ]


def with_status(status: OperationStatus, **fields: Any) -> list[Issue]:
    operation = an_operation(status=status, **fields)
    return validate_graph(Graph(nodes=(a_node("a", operation="default/work@1"),)), {"default/work@1": operation})


def test_an_approved_operation_of_the_catalogue_is_fine() -> None:
    assert with_status(OperationStatus.READY) == []


def test_a_deprecated_operation_is_a_warning_that_names_its_successor() -> None:
    (issue,) = with_status(OperationStatus.DEPRECATED, successor="default/work@2")
    assert (issue.path, issue.code, issue.severity) == ("/nodes/0/operation", "deprecated_operation", "warning")
    assert "use its successor 'default/work@2'" in issue.message


def test_a_retired_operation_is_an_error() -> None:
    (issue,) = with_status(OperationStatus.RETIRED)
    assert (issue.code, issue.severity) == ("retired_operation", "error")


def test_a_draft_of_the_catalogue_is_a_warning_and_its_own_mistakes_are_errors() -> None:
    found = with_status(OperationStatus.DRAFT, cmd="")
    assert [(issue.code, issue.severity) for issue in found] == [
        ("draft_operation", "warning"),
        ("missing_cmd", "error"),
    ]


def test_an_operation_of_a_kind_that_nobody_executes_is_an_error() -> None:
    graph = Graph(nodes=(a_node("a", operation="default/work@1"),))
    (issue,) = validate_graph(graph, {"default/work@1": an_operation()}, Limits(kinds=("python",)))
    assert issue.code == "unknown_kind"
    assert "'default/work@1' is of kind 'command'" in issue.message


def pools(node_pool: str, operation_pool: str, live: tuple[str, ...]) -> list[Issue]:
    graph = a_graph(a_node("a", pool=node_pool), operations=(an_operation(pool=operation_pool),))
    return validate_graph(graph, {}, Limits(pools=live))


def test_a_pool_that_no_worker_serves_is_a_warning() -> None:
    (issue,) = pools("", "gpu", ("default",))
    assert (issue.path, issue.code, issue.severity) == ("/nodes/0/pool", "unreachable_pool", "warning")
    assert "'gpu'" in issue.message
    assert pools("", "", ("default",)) == []
    assert pools("default", "gpu", ("default",)) == []


def test_only_the_asked_nodes_are_checked() -> None:
    graph = a_graph(a_node("a"), a_node("b", operation="gone"), a_node("c", "d"), a_node("d", "c"))
    assert validate_graph(graph, {}, Limits(only={"a"})) == []
    assert {issue.code for issue in validate_graph(graph, {})} == {"unknown_operation", "cycle"}


def test_a_graph_says_which_operations_it_needs_from_the_catalogue() -> None:
    nodes = [a_node(f"n{index}", operation=name) for index, name in enumerate(["x/b@2", "work", "x/a@1", "x/b@2"])]
    assert operation_references(a_graph(*nodes)) == ["x/b@2", "x/a@1"]


def test_a_whole_graph_of_mistakes_gives_one_issue_each_and_never_raises() -> None:
    broken = Operation(
        name="", kind="", inputs=(Input(name="", types=("",), min=-1),), parameters=(Parameter(name="", type=""),)
    )
    graph = a_graph(
        a_node("", "", operation="", inputs={"": (link("", ""),)}, parameters={"": {"$output": None}}, pool=" "),
        operations=(broken,),
    )
    codes = {issue.code for issue in validate_graph(graph, {})}
    assert {"bad_name", "unknown_kind", "unknown_type", "invalid_range", "self_link", "invalid_parameter"} <= codes


def test_a_graph_that_is_wrong_throughout_gets_few_suggestions_and_all_its_issues() -> None:
    found = issues_of(*(a_node(f"n{index}", operation="wrok") for index in range(1000)))
    assert len(found) == 1000
    assert sum("did you mean" in issue.message for issue in found) == 20
