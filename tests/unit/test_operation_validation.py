"""What is wrong with an operation, by place and code, with the thing named and a remedy."""

from __future__ import annotations

import math
from typing import Any

import pytest

from plynx_common.domain.errors import Issue
from plynx_common.domain.operation import ArtifactRef, Input, Output, Parameter, Resources
from plynx_common.domain.validation import validate_operation
from plynx_common.testing.factories import an_operation


def found(**fields: Any) -> list[Issue]:
    return validate_operation(an_operation(**fields))


def test_a_valid_operation_has_no_issues() -> None:
    assert found() == []


def test_an_operation_needs_neither_ports_nor_parameters() -> None:
    assert found(inputs=(), outputs=(), parameters=()) == []


@pytest.mark.parametrize(("least", "most"), [(1, 1), (0, 1), (0, -1), (2, 5), (3, -1), (5, 5)])
def test_a2_an_input_takes_any_sensible_number(least: int, most: int) -> None:
    assert found(inputs=(Input(name="x", min=least, max=most),)) == []


@pytest.mark.parametrize(
    ("least", "most", "path", "reason"),
    [
        (-1, 1, "/inputs/0/min", "has min -1"),
        (0, 0, "/inputs/0/max", "has max 0"),
        (3, 2, "/inputs/0/max", "has max 2 below min 3"),
    ],
)
def test_a2_an_impossible_number_of_inputs_is_an_error(least: int, most: int, path: str, reason: str) -> None:
    (issue,) = found(inputs=(Input(name="x", min=least, max=most),))
    assert (issue.path, issue.code, issue.severity) == (path, "invalid_range", "error")
    assert reason in issue.message


def test_a2_an_input_is_single_by_default() -> None:
    assert Input(name="x").is_single
    assert not Input(name="x", min=0).is_single


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"name": "My Op"}, "/name", "bad_name", "operation 'My Op' has a bad name"),
    ({"team": "A/B"}, "/team", "bad_name", "team 'A/B'"),
    ({"version": 0}, "/version", "invalid_value", "version 0"),
    ({"kind": "bash_jinja"}, "/kind", "unknown_kind", "kind 'bash_jinja' is unknown; did you mean 'bash_jinja2'?"),
    ({"cmd": " \n"}, "/cmd", "missing_cmd", "has no 'cmd'"),
    ({"cmd": "a\0"}, "/cmd", "invalid_value", "NUL"),
    ({"inputs": (Input(name="1st"),)}, "/inputs/0/name", "bad_name", "input '1st'"),
    ({"inputs": (Input(name="a"), Input(name="a"))}, "/inputs/1/name", "duplicate_id", "input 'a' is declared twice"),
    ({"inputs": (Input(name="a", types=()),)}, "/inputs/0/types", "unknown_type", "input 'a' takes no type"),
    (
        {"inputs": (Input(name="a", types=("file", "cvs")),)},
        "/inputs/0/types/1", "unknown_type", "type 'cvs' of input 'a' is unknown; did you mean 'csv'?",
    ),
    ({"outputs": (Output(name="a b"),)}, "/outputs/0/name", "bad_name", "output 'a b'"),
    ({"outputs": (Output(name="a", type="jsn"),)}, "/outputs/0/type", "unknown_type", "did you mean 'json'?"),
    ({"parameters": (Parameter(name="x-y"),)}, "/parameters/0/name", "bad_name", "parameter 'x-y'"),
    ({"parameters": (Parameter(name="a", type="integer"),)}, "/parameters/0/type", "unknown_type", "'integer'"),
    (
        {"parameters": (Parameter(name="a", type="int", default="many"),)},
        "/parameters/0/default", "invalid_parameter", "default of parameter 'a': expected a whole number",
    ),
    ({"parameters": (Parameter(name="a", type="enum"),)}, "/parameters/0/choices", "invalid_declaration", "no choices"),
    (
        {"parameters": (Parameter(name="a", type="enum", choices=("x", 1)),)},
        "/parameters/0/choices/1", "invalid_parameter", "expected text, got the number 1",
    ),
    (
        {"parameters": (Parameter(name="a", type="date", choices=("2026-11-23", "20261124")),)},
        "/parameters/0/choices/1", "invalid_parameter", "write it as '2026-11-24'",
    ),
    (
        {"parameters": (Parameter(name="a", type="enum", choices=("x",), default="y"),)},
        "/parameters/0/default", "invalid_parameter", "expected one of 'x'",
    ),
    ({"parameters": (Parameter(name="a", min=1),)}, "/parameters/0/min", "invalid_declaration", "only numbers may"),
    (
        {"parameters": (Parameter(name="a", type="int", min=2, max=1),)},
        "/parameters/0/max", "invalid_declaration", "max 1 below min 2",
    ),
    (
        {"parameters": (Parameter(name="a", min_items=1),)},
        "/parameters/0/min_items", "invalid_declaration", "only lists",
    ),
    (
        {"parameters": (Parameter(name="a", type="list_int", min_items=3, max_items=2),)},
        "/parameters/0/max_items", "invalid_declaration", "impossible number of items",
    ),
    (
        {"parameters": (Parameter(name="a", type="int", regex="x"),)},
        "/parameters/0/regex", "invalid_declaration", "only text may",
    ),
    ({"parameters": (Parameter(name="a", regex="("),)}, "/parameters/0/regex", "invalid_declaration", "not compile"),
    ({"parameters": (Parameter(name="a", regex="(a+)+$"),)}, "/parameters/0/regex", "invalid_declaration", "for ever"),
    ({"timeout": 0.0}, "/_timeout", "invalid_value", "'_timeout' of operation 'work' is 0.0"),
    ({"timeout": math.nan}, "/_timeout", "invalid_value", "nan"),
    ({"retries": -1}, "/retries", "invalid_value", "0 to 100"),
    ({"retry_delay": math.inf}, "/retry_delay", "invalid_value", "inf"),
    ({"environment": {"requirements": ("pandas>=2",)}}, "/environment/requirements/0", "invalid_value", "'pandas>=2'"),
    ({"environment": {"requirements": ("-r all.txt",)}}, "/environment/requirements/0", "invalid_value", "locked"),
    ({"retry_on": (0,)}, "/retry_on", "invalid_value", "1 to 255"),
    ({"pool": "My Pool"}, "/pool", "invalid_value", "'My Pool'"),
    ({"resources": Resources(cpu=-1)}, "/resources", "invalid_value", "cpu -1"),
    ({"env": {"A-B": ""}}, "/env/A-B", "bad_name", "variable 'A-B'"),
    ({"env": {"PLYNX_X": ""}}, "/env/PLYNX_X", "bad_name", "PLYNX_"),
    ({"env": {"A": "\0"}}, "/env/A", "invalid_value", "NUL"),
    ({"artifact": ArtifactRef(digest="a" * 64, size=1)}, "/artifact", "invalid_value", "only kind 'file'"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "code", "reason"), WRONG, ids=[f"{case[1]}-{case[3]}" for case in WRONG])
def test_each_mistake_is_found_where_it_is(fields: dict[str, Any], path: str, code: str, reason: str) -> None:
    (issue,) = found(**fields)
    assert (issue.path, issue.code, issue.severity) == (path, code, "error")
    assert reason in issue.message


@pytest.mark.parametrize("regex", [r"[a-z]+", r"(ab|cd)*", r"(\d{4})+", r"v\d+(\.\d+)?", r"(\+)+"])
def test_an_ordinary_regex_is_fine(regex: str) -> None:
    assert found(parameters=(Parameter(name="a", regex=regex),)) == []


def a_file(**fields: Any) -> dict[str, Any]:
    plain = {
        "kind": "file",
        "cmd": "",
        "inputs": (),
        "parameters": (),
        "artifact": ArtifactRef(digest="a" * 64, size=1),
    }
    return {**plain, **fields}


def test_a_file_needs_no_script() -> None:
    assert found(**a_file()) == []


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"artifact": None}, "/artifact"),
        ({"artifact": ArtifactRef(digest="abc", size=1)}, "/artifact/digest"),
        ({"inputs": (Input(name="x"),)}, "/inputs"),
        ({"outputs": ()}, "/outputs"),
    ],
)
def test_a_file_is_one_artifact_and_nothing_else(fields: dict[str, Any], path: str) -> None:
    (issue,) = found(**a_file(**fields))
    assert issue.path == path


def test_only_kinds_that_workers_execute_are_valid_where_they_are_named() -> None:
    (issue,) = validate_operation(an_operation(kind="command"), kinds=("python",))
    assert issue.code == "unknown_kind"
    assert issue.message == "kind 'command' is unknown: expected one of 'python'"


def test_every_mistake_is_reported_at_once() -> None:
    codes = {issue.code for issue in found(name="X", kind="x", cmd="", inputs=(Input(name="", types=("x",)),))}
    assert codes == {"bad_name", "unknown_kind", "unknown_type"}


def test_paths_begin_where_the_operation_stands() -> None:
    (issue,) = validate_operation(an_operation(name="X"), path="/operations/x")
    assert issue.path == "/operations/x/name"
