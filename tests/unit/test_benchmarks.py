"""The benchmarks measure what they say: shapes, the same work by make, and the accounts of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plynx_common.domain.parsing import parse_graph
from plynx_common.domain.validation import validate_graph
from tests.benchmarks import processes
from tests.benchmarks.making import make, run_make
from tests.benchmarks.workloads import SHAPES, Links, Markers, Shape, chain, fan, graph_document, layers

EVERY_SHAPE = [shape for shapes in SHAPES.values() for shape in shapes()]


@pytest.mark.parametrize("links", ["order", "data"])
@pytest.mark.parametrize("shape", EVERY_SHAPE, ids=lambda shape: shape.name)
def test_each_workload_is_a_valid_graph(shape: Shape, links: Links) -> None:
    graph, issues = parse_graph(graph_document(shape, links, Path("/markers"), "salt"))
    assert graph is not None, issues
    assert validate_graph(graph, {}) == []
    assert len(graph.nodes) == len(shape.nodes)


def test_the_shapes_have_the_sizes_of_the_issue() -> None:
    sizes = {shape.name: (len(shape.nodes), shape.links) for shape in EVERY_SHAPE}
    assert sizes["W0"] == (1, 0)
    assert sizes["W1"] == (40, 39)
    assert sizes["W2"] == (402, 800)
    assert sizes["W3"] == (1000, 19 * 50 * 3)
    assert sizes["W6/6400"] == (6402, 12800)


def test_another_salt_is_another_operation() -> None:
    first, second = (graph_document(chain(2), "order", Path("/markers"), salt) for salt in ("a", "b"))
    assert first["nodes"] == second["nodes"]
    assert first["operations"] != second["operations"]


@pytest.mark.parametrize("links", ["order", "data"])
def test_make_executes_each_node_once_and_then_none(tmp_path: Path, links: Links) -> None:
    shape = layers(3, 10)
    markers = Markers(tmp_path / "markers")
    make(shape, links, tmp_path / "make", markers.directory, "salt")
    assert markers.problem(shape) == ""
    run_make(tmp_path / "make")
    assert markers.problem(shape) == ""


def test_data_links_carry_a_hundred_bytes(tmp_path: Path) -> None:
    shape = fan(3)
    make(shape, "data", tmp_path / "make", Markers(tmp_path / "markers").directory, "salt")
    contents = {(tmp_path / "make" / name).read_text(encoding="ascii") for name in shape.nodes}
    assert len(contents) == len(shape.nodes)
    assert {len(content) for content in contents} == {100}


def test_a_missing_and_a_repeated_node_are_noticed(tmp_path: Path) -> None:
    markers = Markers(tmp_path / "markers")
    (markers.directory / "n0").write_text("\n\n", encoding="ascii")
    assert markers.problem(chain(2)) == "1 of 2 nodes not executed, 1 executed more than once"


def test_ended_children_are_in_the_account() -> None:
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
    assert processes.cpu_seconds(os.getpid()) - before > 0.03


def test_memory_is_counted_over_the_whole_tree() -> None:
    alone = processes.memory(os.getpid())
    hold = "x = bytearray(40_000_000); print(flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        assert processes.memory(os.getpid()) - alone > 30_000_000
        child.communicate(b"\n")
