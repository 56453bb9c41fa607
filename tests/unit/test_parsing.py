"""Documents that do not fit the model: each mistake in words, with its place."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.domain.validation import parse_graph, parse_operation


def only_issue(document: Any) -> tuple[str, str, str]:
    graph, issues = parse_graph(document)
    assert graph is None
    (issue,) = issues
    return issue.path, issue.code, issue.message


def test_a_document_that_fits_is_a_graph() -> None:
    graph, issues = parse_graph(
        {"nodes": [{"id": "a", "operation": "x/y@1", "inputs": {"i": [{"node": "b", "output": "o"}]}}]}
    )
    assert issues == []
    assert graph is not None
    assert graph.nodes[0].inputs["i"][0].output == "o"


def test_a_whole_number_may_be_written_with_a_point() -> None:
    operation, issues = parse_operation({"name": "o", "kind": "command", "retries": 3.0, "_timeout": 60})
    assert issues == []
    assert operation is not None
    assert (operation.retries, operation.timeout) == (3, 60.0)


@pytest.mark.parametrize(
    ("document", "path", "code", "reason"),
    [
        ([], "", "invalid_type", "the graph is a list of 0: expected an object"),
        (None, "", "invalid_type", "the graph is null"),
        ({"node": []}, "/node", "unknown_field", "field 'node' is unknown; did you mean 'nodes'?"),
        ({"xyz": []}, "/xyz", "unknown_field", "expected one of 'name', 'title'"),
        ({"nodes": {}}, "/nodes", "invalid_type", "field 'nodes' is an object, expected a list"),
        ({"nodes": [{"id": "a"}]}, "/nodes/0/operation", "missing_field", "field 'operation' at /nodes/0 is missing"),
        ({"title": 1}, "/title", "invalid_type", "is the number 1, expected text: put it in quotes"),
        (
            {"nodes": [{"id": "a", "operation": "b", "cachable": True}]},
            "/nodes/0/cachable", "unknown_field", "did you mean 'cacheable'?",
        ),
        (
            {"nodes": [{"id": "a", "operation": "b", "inputs": {"x": {"node": "c", "output": "d"}}}]},
            "/nodes/0/inputs/x", "invalid_type", "is an object, expected a list",
        ),
        (
            {"nodes": [{"id": "a", "operation": "b", "inputs": {"x": [{"node": "c", "ouput": "d", "output": "d"}]}}]},
            "/nodes/0/inputs/x/0/ouput", "unknown_field", "did you mean 'output'?",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "retries": True}}},
            "/operations/o/retries", "invalid_type", "is true, expected a whole number",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "retries": 1e300}}},
            "/operations/o/retries", "invalid_value", "less than or equal to 9007199254740992",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "retry_on": [False]}}},
            "/operations/o/retry_on/0", "invalid_type", "is false, expected a whole number",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "retries": "3"}}},
            "/operations/o/retries", "invalid_type", "is the text '3', expected a whole number",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "_timeout": "60"}}},
            "/operations/o/_timeout", "invalid_type", "is the text '60', expected a number",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "cacheable": "yes"}}},
            "/operations/o/cacheable", "invalid_type", "is the text 'yes', expected true or false",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "_timeot": 1}}},
            "/operations/o/_timeot", "unknown_field", "did you mean '_timeout'?",
        ),
        (
            {"operations": {"o": {"name": "o", "kind": "command", "on_lost": "ignore"}}},
            "/operations/o/on_lost", "invalid_value", "input should be 'retry' or 'fail'",
        ),
        (
            {"operations": {"a/b": {"name": "o", "kind": "command", "resources": {"cpu": "much"}}}},
            "/operations/a~1b/resources/cpu", "invalid_type", "is the text 'much', expected a number",
        ),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named_with_what_was_expected(
    document: Any, path: str, code: str, reason: str
) -> None:
    found_path, found_code, message = only_issue(document)
    assert (found_path, found_code) == (path, code)
    assert reason in message


def test_the_timeout_has_an_underscore_in_documents() -> None:
    operation, issues = parse_operation({"name": "a", "kind": "command", "_timeout": 5})
    assert issues == []
    assert operation is not None
    assert operation.timeout == 5
    assert operation.to_document() == {"name": "a", "kind": "command", "_timeout": 5.0}


def test_several_mistakes_are_all_reported() -> None:
    _, issues = parse_graph({"nodes": [{}, {"id": 1, "operation": "x"}], "tags": "a"})
    assert [issue.path for issue in issues] == ["/tags", "/nodes/0/id", "/nodes/0/operation", "/nodes/1/id"]


def test_a_hopeless_document_gets_a_limited_number_of_issues() -> None:
    _, issues = parse_graph({"nodes": [{"x": 1}] * 10_000})
    assert len(issues) == 100
