"""How two graphs differ, in words and for programs; and where nodes stand on a canvas."""

from __future__ import annotations

import itertools

import pytest

from plynx_common.domain.errors import InvalidGraph
from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_diff import differences
from plynx_common.domain.layout import COLUMN, ROW, positions
from plynx_common.domain.operation import Parameter
from plynx_common.testing.factories import a_graph, a_node, an_operation, link


def messages(before: Graph, after: Graph) -> list[str]:
    return [each.message for each in differences(before, after)]


def test_equal_graphs_do_not_differ() -> None:
    graph = a_graph(a_node("a"), a_node("b", inputs={"data": (link("a"),)}))
    assert differences(graph, graph) == ()


def test_what_was_added_removed_and_changed_is_said_with_both_values() -> None:
    before = a_graph(
        a_node("a", parameters={"depth": 3, "note": "x"}),
        a_node("gone", "a"),
        title="Old",
        parameters=(Parameter(name="rate", type="float", default=0.5),),
    )
    after = a_graph(
        a_node("a", parameters={"depth": 5}, pool="gpu"),
        a_node("new", inputs={"data": (link("a"),)}),
        operations=(an_operation(cmd="true"),),
        title="New",
        parameters=(Parameter(name="rate", type="float", default=0.1),),
    )
    assert messages(before, after) == [
        'the graph: title was "Old", is "New"',
        "parameter 'rate': default was 0.5, is 0.1",
        'operation \'work\': cmd was "cat $PLYNX_INPUT_data > $PLYNX_OUTPUT_result", is "true"',
        "node 'a': parameters depth was 3, is 5",
        "node 'a': parameters note is gone, it was \"x\"",
        "node 'a': pool is new, \"gpu\"",
        "node 'gone' is gone",
        "node 'new' is new",
        "link 'a → gone' is gone",
        "link 'a.result → new.data' is new",
    ]


def test_the_order_of_a_list_and_a_binding_count_and_true_is_not_one() -> None:
    def graph(*names: str, depth: object = 1) -> Graph:
        last = a_node("c", inputs={"data": tuple(map(link, names))}, parameters={"depth": depth})
        return a_graph(a_node("a"), a_node("b"), last)

    (reordered,) = differences(graph("a", "b"), graph("b", "a"))
    assert (reordered.subject, reordered.name, reordered.field) == ("node", "c", "inputs/data")
    (changed,) = differences(graph("a", depth=1), graph("a", depth=True))
    assert (changed.before, changed.after) == (1, True)
    bound = {"$output": {"node": "a", "output": "result"}}
    assert [each.name for each in differences(graph("a"), graph("a", depth=bound))] == ["c", "a.result → c.depth"]
    assert [each.name for each in differences(graph("a", "b"), graph("a"))] == ["b.result → c.data"]


def test_layers_go_from_left_to_right_and_nothing_overlaps() -> None:
    graph = a_graph(
        a_node("d", "b", "c"), a_node("a"), a_node("b", "a"), a_node("c", "a"), a_node("late"), a_node("e", "d", "late")
    )
    found = positions(graph)
    columns = {name: place.x / COLUMN for name, place in found.items()}
    assert columns == {"a": 0, "b": 1, "c": 1, "d": 2, "late": 2, "e": 3}
    for one, other in itertools.combinations(found.values(), 2):
        assert one.x != other.x or abs(one.y - other.y) >= ROW
    assert positions(graph) == found


def test_rows_follow_those_they_hang_on() -> None:
    crossed = a_graph(a_node("a"), a_node("b"), a_node("x", "b"), a_node("y", "a"))
    found = positions(crossed)
    assert (found["a"].y < found["b"].y) == (found["y"].y < found["x"].y)


def test_an_empty_graph_has_no_places_and_a_cycle_is_named() -> None:
    assert positions(Graph()) == {}
    with pytest.raises(InvalidGraph, match="cycle"):
        positions(a_graph(a_node("a", "b"), a_node("b", "a")))
