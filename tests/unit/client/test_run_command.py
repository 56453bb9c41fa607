"""What `plynx run` makes of its arguments and of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from plynx.cli import exits
from plynx.cli.run import Named, load_graph, parameters_of
from plynx.connection import ApiError, Connection, Profile

GRAPH = """\
parameters:
  - {name: commit, type: str}
  - {name: note}
  - {name: depth, type: int}
nodes:
  - id: a
    operation: x
    after: [b]
"""


def named(tmp_path: Path) -> Named:
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH, encoding="utf-8")
    return Named.find(Connection(Profile("http://nowhere", "")), str(path))


def test_values_of_text_parameters_are_taken_as_they_stand(tmp_path: Path) -> None:
    texts = named(tmp_path).texts
    assert texts == {"commit", "note"}
    assert parameters_of(["commit=123", "note=", "depth=3", "list=[1, a]"], texts) == {
        "commit": "123",
        "note": "",
        "depth": 3,
        "list": [1, "a"],
    }


def test_a_value_that_is_no_yaml_is_text() -> None:
    assert parameters_of(["where=a: b: c", "sum=1=2"]) == {"where": "a: b: c", "sum": "1=2"}


@pytest.mark.parametrize("argument", ["depth", "=3", ""])
def test_a_parameter_without_name_or_value_is_a_usage_error(argument: str) -> None:
    with pytest.raises(exits.Exit, match="expected NAME=VALUE") as raised:
        parameters_of([argument])
    assert raised.value.code == exits.USAGE


def test_issues_get_the_line_of_what_they_are_about(tmp_path: Path) -> None:
    issues = [
        {"pointer": "/graph/nodes/0/after/0", "detail": "no such node"},
        {"pointer": "/graph/nodes/0/inputs/data", "detail": "a field that is missing: its node"},
        {"pointer": "/parameters/depth", "detail": "of the command line"},
    ]
    found = named(tmp_path).located(ApiError(422, {"detail": "the graph cannot run", "errors": issues}))
    places = [str(issue["place"]) for issue in found.issues]
    assert [place.rpartition("/")[2] for place in places] == ["graph.yaml:8", "graph.yaml:6", "depth"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nodes:\n  - id: a\n   b: [", "line 3"),
        (b"\xff\xfe", "cannot be read"),
        (b"a: 1\na: 2\n", "'a' stands twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(exits.Exit, match=r"bad\.yaml") as raised:
        load_graph(path)
    assert words in str(raised.value)
    assert raised.value.code == exits.USAGE


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(exits.Exit, match=r"there is no file 'gone\.yaml'"):
        load_graph(Path("gone.yaml"))
