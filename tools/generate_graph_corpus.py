"""Writes services/web/tests/graph/corpus.json: how the platform judges the cases that the browser judges too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plynx_common.domain.errors import Issue
from plynx_common.domain.graph_yaml import parse_yaml, to_yaml
from plynx_common.domain.operation import Operation, Parameter
from plynx_common.domain.parameters import PARAMETER_TYPES, BadValue, coerce, from_text, may_be_bound
from plynx_common.domain.parsing import parse_graph
from plynx_common.domain.types import BUILT_IN, accepts
from plynx_common.domain.validation import Limits, validate_graph

ROOT = Path(__file__).resolve().parents[1]
CASES = "services/web/tests/graph/cases.yaml"
PAGE = "services/web/tests/graph/corpus.json"
KNOWN_KINDS = ("bash_jinja2", "command", "python", "file")
TYPE_NAMES = [entry.name for entry in BUILT_IN]
"""Both without what plugins of this process may have added."""


def pages() -> dict[str, str]:
    """Path below the root -> what must be in it."""
    cases = parse_yaml((ROOT / CASES).read_text(encoding="utf-8"))
    corpus = {
        "kinds": KNOWN_KINDS,
        "types": TYPE_NAMES,
        "accepts": {source: [name for name in TYPE_NAMES if accepts((name,), source)] for source in TYPE_NAMES},
        "bound": {
            name: [source for source in [*PARAMETER_TYPES, *TYPE_NAMES] if may_be_bound(name, source)]
            for name in PARAMETER_TYPES
        },
        "catalogue": cases["catalogue"],
        "pools": cases["pools"],
        "graphs": [_judged(name, document, cases) for name, document in cases["graphs"].items()],
        "values": [_read(case["parameter"], case["values"], coerce) for case in cases["values"]],
        "texts": [_read(case["parameter"], case["texts"], from_text) for case in cases["texts"]],
        "shapes": [_shaped(document) for document in cases["shapes"]],
        "yaml": [{"value": value, "text": to_yaml(value)} for value in cases["yaml"]],
    }
    return {PAGE: json.dumps(corpus, indent=1) + "\n"}


def _judged(name: str, document: Any, cases: dict[str, Any]) -> dict[str, Any]:
    graph, problems = parse_graph(document)
    if graph is None:
        raise ValueError(f"case '{name}' is no graph: {problems}")
    catalogue = {key: Operation.model_validate(value) for key, value in cases["catalogue"].items()}
    limits = Limits(kinds=KNOWN_KINDS, pools=cases["pools"])
    return {"name": name, "graph": document, "issues": _places(validate_graph(graph, catalogue, limits))}


def _places(issues: list[Issue]) -> list[dict[str, str]]:
    return [{"path": issue.path, "code": issue.code, "severity": issue.severity} for issue in issues]


def _read(declaration: Any, given: list[Any], read: Callable[[Parameter, Any], Any]) -> dict[str, Any]:
    parameter = Parameter.model_validate(declaration)
    answers: list[dict[str, Any]] = []
    for value in given:
        try:
            answers.append({"given": value, "value": read(parameter, value)})
        except BadValue:
            answers.append({"given": value, "refused": True})
    return {"parameter": declaration, "answers": answers}


def _shaped(document: Any) -> dict[str, Any]:
    graph, issues = parse_graph(document)
    answer = {"issues": _places(issues)} if graph is None else {"graph": graph.to_document()}
    return {"document": document, **answer}


if __name__ == "__main__":
    for path, text in pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")
        print(f"wrote {path}")
