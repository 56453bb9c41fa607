"""The example graphs are valid, and what the demonstration says about itself is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from plynx_common.domain.graph import Graph
from plynx_common.domain.graph_yaml import parse_yaml
from plynx_common.domain.validation import Limits, parse_graph, validate_graph
from plynx_standalone.demo import DIGITS, MODEL, REPORT

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PROMISED_KINDS = {"bash_jinja2", "command", "python"}
GIVEN = {"article.yaml": {"repo": "/srv/program.git", "artifact": "program"}}


def read(path: Path) -> Graph:
    graph, issues = parse_graph(parse_yaml(path.read_text(encoding="utf-8")))
    assert graph is not None, issues
    return graph


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_an_example_is_valid_without_a_warning(path: Path) -> None:
    graph = read(path)
    limits = Limits(values=GIVEN.get(path.name))
    assert validate_graph(graph, {}, limits) == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_python_scripts_of_an_example_can_be_read(path: Path) -> None:
    for name, operation in read(path).operations.items():
        if operation.kind == "python":
            ast.parse(operation.cmd, name)


def test_the_demonstration_mixes_kinds_and_trains_four_models() -> None:
    graph = read(DIGITS)
    assert {operation.kind for operation in graph.operations.values()} == PROMISED_KINDS
    assert sum(node.operation == "train" for node in graph.nodes) == 4


@pytest.mark.parametrize(("place", "artifact_type"), [(REPORT, "html"), (MODEL, "model")])
def test_the_demonstration_names_its_results(place: tuple[str, str], artifact_type: str) -> None:
    graph = read(DIGITS)
    operation = next(node.operation for node in graph.nodes if node.id == place[0])
    types = {output.name: output.type for output in graph.operations[operation].outputs}
    assert types[place[1]] == artifact_type
