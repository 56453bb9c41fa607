"""Upgrade of nodes (A12): follows successors, keeps what fits, says what it changed."""

from __future__ import annotations

from plynx_common.domain.graph import Graph, Position
from plynx_common.domain.operation import Input, Operation, OperationStatus, Output, Parameter
from plynx_common.domain.upgrade import newest_successor, upgraded
from plynx_common.domain.validation import validate_graph
from plynx_common.testing.factories import a_node, an_operation, link

OLD = an_operation(status=OperationStatus.DEPRECATED, successor="default/work@2")
NEW = an_operation(version=2)


def catalogue(*operations: Operation) -> dict[str, Operation]:
    return {f"{operation.team}/{operation.name}@{operation.version}": operation for operation in operations}


def a_pair(**fields: object) -> Graph:
    first = a_node("a", operation="default/work@1")
    return Graph(nodes=(first, a_node("b", operation="default/work@1", **fields)))


def test_a12_nodes_move_to_the_successor_and_keep_what_fits() -> None:
    graph = a_pair(inputs={"data": (link("a"),)}, parameters={"depth": 7}, position=Position(x=1), title="B")
    found, changes = upgraded(graph, catalogue(OLD, NEW))
    assert [node.operation for node in found.nodes] == ["default/work@2", "default/work@2"]
    assert found.nodes[1].model_copy(update={"operation": "default/work@1"}) == graph.nodes[1]
    assert [change.message for change in changes] == [
        "node 'a' uses 'default/work@2' instead of 'default/work@1'",
        "node 'b' uses 'default/work@2' instead of 'default/work@1'",
    ]
    assert not any(change.is_loss for change in changes)
    assert validate_graph(found, catalogue(OLD, NEW)) == []


def test_successors_are_followed_to_their_end_and_not_in_circles() -> None:
    chain = catalogue(OLD, an_operation(version=2, successor="default/work@3"), an_operation(version=3))
    assert newest_successor("default/work@1", chain) == "default/work@3"
    circle = catalogue(OLD, an_operation(version=2, successor="default/work@1"))
    assert newest_successor("default/work@1", circle) == "default/work@2"
    assert newest_successor("default/work@1", catalogue(OLD)) == "default/work@1"


def test_a12_what_no_longer_fits_is_dropped_and_said() -> None:
    new = an_operation(
        version=2,
        inputs=(Input(name="data", types=("csv",), min=0, max=-1), Input(name="few", min=0, max=1)),
        parameters=(Parameter(name="depth", type="int", max=5), Parameter(name="kept")),
        outputs=(Output(name="result"), Output(name="table", type="csv")),
    )
    old = OLD.model_copy(
        update={"inputs": (*OLD.inputs, Input(name="few", min=0, max=-1), Input(name="gone", min=0, max=-1))}
    )
    graph = a_pair(
        inputs={"data": (link("a"),), "few": (link("a"), link("a")), "gone": (link("a"),)},
        parameters={"depth": 7, "note": "x", "kept": "y"},
    )
    found, changes = upgraded(graph, catalogue(old, new))
    node = found.nodes[1]
    assert node.inputs == {"few": (link("a"),)}
    assert node.parameters == {"kept": "y"}
    assert [change.message for change in changes if change.is_loss] == [
        "node 'b': input 'data' no longer takes output 'result' of node 'a'",
        "node 'b': input 'few' takes at most 1 link(s), the last 1 are gone",
        "node 'b': input 'gone' is gone, with its 1 link(s)",
        "node 'b': parameter 'depth' lost its value: expected at most 5, got 7",
        "node 'b': parameter 'note' is gone",
    ]
    assert validate_graph(found, catalogue(old, new)) == []


def test_a_link_to_an_output_that_the_successor_lacks_is_dropped_at_nodes_that_stay() -> None:
    new = an_operation(version=2, outputs=(Output(name="other"),))
    stays = an_operation("stays")
    graph = Graph(
        nodes=(
            a_node("a", operation="default/work@1"),
            a_node("b", operation="default/stays@1", inputs={"data": (link("a"),)}),
        )
    )
    found, changes = upgraded(graph, catalogue(OLD, new, stays))
    assert found.nodes[1].inputs == {}
    assert [change.node for change in changes] == ["a", "b"]


def test_bindings_are_kept_where_their_types_still_fit() -> None:
    new = an_operation(
        version=2, parameters=(Parameter(name="depth", type="float"), Parameter(name="note", type="int"))
    )
    graph = a_pair(parameters={"depth": {"$param": "p"}, "note": {"$param": "q"}}).model_copy(
        update={"parameters": (Parameter(name="p", type="int"), Parameter(name="q"))}
    )
    found, changes = upgraded(graph, catalogue(OLD, new))
    assert found.nodes[1].parameters == {"depth": {"$param": "p"}}
    assert changes[-1].message == "node 'b': parameter 'note' lost its value: what it is bound to is 'str', it is 'int'"


def test_a_graph_with_nothing_to_upgrade_is_left_as_it_is() -> None:
    graph = Graph(nodes=(a_node("a", operation="default/work@2"), a_node("b", operation="unknown")))
    assert upgraded(graph, catalogue(OLD, NEW)) == (graph, ())
