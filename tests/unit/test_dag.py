"""Topology of graphs: parents, order, paths, cones."""

from __future__ import annotations

import pytest

from plynx_common.domain import dag
from plynx_common.domain.errors import InvalidGraph
from plynx_common.testing.factories import a_graph, a_node, link


def test_data_links_bindings_and_order_links_all_make_parents_each_once() -> None:
    node = a_node(
        "n", "late", "data",
        inputs={"data": (link("data"), link("data"), link("other"))},
        parameters={"depth": {"$output": {"node": "bound", "output": "count"}}, "note": {"$param": "p"}},
    )  # fmt: skip
    assert dag.parents_of(node) == ("data", "other", "bound", "late")


def test_the_order_keeps_parents_first_and_else_the_graphs_own() -> None:
    shape = dag.topology(a_graph(a_node("d", "b", "c"), a_node("c", "a"), a_node("b", "a"), a_node("a"), a_node("e")))
    assert shape.order == ("a", "e", "c", "b", "d")
    assert shape.parents["d"] == ("b", "c")
    assert shape.children["a"] == ("c", "b")


def test_links_to_nodes_that_do_not_exist_are_left_out() -> None:
    assert dag.topology(a_graph(a_node("a", "gone"))).parents == {"a": ()}


def test_a_cycle_is_refused_with_its_nodes_and_without_those_behind_it() -> None:
    with pytest.raises(InvalidGraph, match="'b' → 'c' → 'd' → 'b'") as caught:
        dag.topology(a_graph(a_node("a"), a_node("b", "d", "a"), a_node("c", "b"), a_node("d", "c"), a_node("e", "d")))
    assert caught.value.issues[0].code == "cycle"


def test_a_long_cycle_is_shortened_in_the_message() -> None:
    names = [f"n{index:03}" for index in range(100)]
    message = dag.cycle_message(names)
    assert "'n005' → … 91 more … → 'n097'" in message
    assert len(message) < 250


def test_a_chain_of_a_hundred_thousand_nodes_is_no_problem() -> None:
    names = [f"n{index}" for index in range(100_000)]
    parents = {name: tuple(names[index - 1 : index]) for index, name in enumerate(names)}
    children = dag.reversed_edges(parents)
    shape = dag.Topology(dag.topological_order(parents, children), parents, children)
    assert len(shape.order) == 100_000
    assert dag.longest_remaining(shape)["n0"] == 100_000
    closed = {**parents, "n0": ("n99999",)}
    assert len(dag.find_cycle(closed) or []) == 100_000


DIAMOND = dag.topology(a_graph(a_node("a"), a_node("b", "a"), a_node("c", "a"), a_node("d", "b", "c"), a_node("e")))


def test_the_longest_remaining_path_counts_nodes_or_weights() -> None:
    assert dag.longest_remaining(DIAMOND) == {"a": 3, "b": 2, "c": 2, "d": 1, "e": 1}
    assert dag.longest_remaining(DIAMOND, {"c": 10})["a"] == 12


def test_a_cone_is_everything_below_and_ancestors_are_everything_above() -> None:
    assert dag.cone(DIAMOND, ["b"]) == {"b", "d"}
    assert dag.ancestors(DIAMOND, ["b", "e"]) == {"a", "b", "e"}
    assert dag.cone(DIAMOND, ["unknown"]) == set()
