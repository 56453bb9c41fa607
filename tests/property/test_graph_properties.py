"""What holds for every graph: DAGs are accepted, cycles are found and named, cones and paths fit the links."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plynx_common.domain import dag
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.run_options import RunOptions
from plynx_common.domain.snapshot import make_snapshot
from plynx_common.domain.validation import parse_graph, validate_graph
from tests.property.graphs import dags, json_values, rich_graphs


@given(dags())
def test_every_dag_is_accepted(graph: Graph) -> None:
    assert validate_graph(graph, {}) == []


@given(dags(), st.data())
def test_any_link_turned_into_a_cycle_is_found_and_named(graph: Graph, data: st.DataObject) -> None:
    shape = dag.topology(graph)
    linked = [(parent, name) for name, parents in shape.parents.items() for parent in parents]
    if not linked:
        return
    start, end = data.draw(st.sampled_from(linked))
    closed = _with_parent(graph, start, end)
    (issue,) = validate_graph(closed, {})
    assert issue.code == "cycle"
    cycle = dag.find_cycle(dag.known_parents(closed.nodes))
    assert cycle is not None
    assert start in cycle
    assert end in cycle
    parents = dag.known_parents(closed.nodes)
    assert all(before in parents[after] for before, after in zip(cycle, cycle[1:] + cycle[:1], strict=True))
    assert all(f"'{name}'" in issue.message for name in cycle)


def _with_parent(graph: Graph, node: str, parent: str) -> Graph:
    """One more order link; `node` then waits for `parent`."""
    changed = [
        entry.model_copy(update={"after": (*entry.after, parent)}) if entry.id == node else entry
        for entry in graph.nodes
    ]
    return graph.model_copy(update={"nodes": tuple(changed)})


@given(dags())
def test_the_topology_fits_the_links(graph: Graph) -> None:
    shape = dag.topology(graph)
    place = {name: index for index, name in enumerate(shape.order)}
    assert sorted(place) == sorted(node.id for node in graph.nodes)
    assert all(place[parent] < place[name] for name, parents in shape.parents.items() for parent in parents)
    lengths = dag.longest_remaining(shape)
    for name, children in shape.children.items():
        assert lengths[name] == 1 + max((lengths[child] for child in children), default=0)
        assert dag.cone(shape, [name]) == {name}.union(*(dag.cone(shape, [child]) for child in children))
        assert all(name in dag.ancestors(shape, [below]) for below in dag.cone(shape, [name]))


@given(dags(), st.data())
def test_a_snapshot_of_targets_holds_them_and_their_ancestors(graph: Graph, data: st.DataObject) -> None:
    targets = data.draw(st.lists(st.sampled_from([node.id for node in graph.nodes]), min_size=1))
    snapshot = make_snapshot(graph, {}, None, RunOptions(targets=tuple(targets)))
    assert {node.id for node in snapshot.nodes} == dag.ancestors(dag.topology(graph), targets)
    assert validate_graph(snapshot, {}) == []


@given(rich_graphs())
def test_validation_never_raises_whatever_people_saved(graph: Graph) -> None:
    validate_graph(graph, {})


@given(json_values | st.dictionaries(st.sampled_from(sorted(Graph.model_fields)), json_values))
def test_parsing_never_raises_and_says_why_it_gives_nothing(document: object) -> None:
    graph, issues = parse_graph(document)
    assert (graph is None) == bool(issues)


@given(st.lists(st.dictionaries(st.sampled_from(sorted(Node.model_fields)), json_values), max_size=3))
def test_parsing_of_odd_nodes_never_raises(nodes: list[dict[str, object]]) -> None:
    graph, issues = parse_graph({"nodes": nodes})
    assert (graph is None) == bool(issues)
    if graph is not None:
        validate_graph(graph, {})
