"""How two graphs differ: nodes, links, parameters and code, each difference with what was and what is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plynx_common.domain.bindings import bound_output
from plynx_common.domain.graph import Graph, Node
from plynx_common.domain.operation import Model
from plynx_common.domain.types import shortened

Subject = Literal["graph", "parameter", "node", "link", "operation"]
Verb = Literal["added", "removed", "changed"]

_OWN_FIELDS = ("name", "title", "description", "tags")
LONGEST_SHOWN = 60
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    subject: Subject
    name: str
    """Of the parameter, node or operation; `a.out → b.data` of a link, `a → b` where it is about order only."""
    change: Verb
    field: str
    """What of it; empty where all of it was added or removed. `parameters/depth` of a node."""
    before: Any
    after: Any

    @property
    def message(self) -> str:
        thing = f"{self.subject} '{self.name}'" if self.name else "the graph"
        if not self.field:
            return f"{thing} is new" if self.change == "added" else f"{thing} is gone"
        where = f"{thing}: {self.field.replace('/', ' ')}"
        match self.change:
            case "added":
                return f"{where} is new, {_shown(self.after)}"
            case "removed":
                return f"{where} is gone, it was {_shown(self.before)}"
            case "changed":
                return f"{where} was {_shown(self.before)}, is {_shown(self.after)}"


def differences(before: Graph, after: Graph) -> tuple[Difference, ...]:
    """The graph itself first, then its parameters, operations, nodes and links. Nodes are the same by their id."""
    return (
        *_fields("graph", "", _own(before), _own(after)),
        *_things("parameter", _by_name(before.parameters), _by_name(after.parameters)),
        *_things("operation", _documents(before.operations), _documents(after.operations)),
        *_things("node", _nodes(before), _nodes(after)),
        *_links(before, after),
    )


def _own(graph: Graph) -> dict[str, Any]:
    document = graph.to_document()
    return {field: document[field] for field in _OWN_FIELDS if field in document}


def _by_name(models: Iterable[Any]) -> dict[str, dict[str, Any]]:
    return {model.name: model.to_document() for model in models}


def _documents(models: Mapping[str, Model]) -> dict[str, dict[str, Any]]:
    return {name: model.to_document() for name, model in models.items()}


def _nodes(graph: Graph) -> dict[str, dict[str, Any]]:
    return {node.id: _node(node) for node in graph.nodes}


def _node(node: Node) -> dict[str, Any]:
    """Flat: a parameter is a field of its own; links are told of by themselves, their order here."""
    document = node.to_document()
    parameters = document.pop("parameters", {})
    document.pop("after", None)
    document |= {f"parameters/{name}": value for name, value in parameters.items()}
    inputs = document.pop("inputs", {})
    return document | {f"inputs/{name}": links for name, links in inputs.items()}


def _things(
    subject: Subject, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> Iterator[Difference]:
    for name in {**before, **after}:
        if name not in after:
            yield Difference(subject, name, "removed", "", before[name], None)
        elif name not in before:
            yield Difference(subject, name, "added", "", None, after[name])
        else:
            yield from _fields(subject, name, before[name], after[name])


def _fields(subject: Subject, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for field in {**before, **after}:
        was, is_now = before.get(field, _ABSENT), after.get(field, _ABSENT)
        if field.startswith("inputs/") and not _is_reordered(was, is_now):
            continue
        if is_now is _ABSENT:
            yield Difference(subject, name, "removed", field, was, None)
        elif was is _ABSENT:
            yield Difference(subject, name, "added", field, None, is_now)
        elif not _is_same(was, is_now):
            yield Difference(subject, name, "changed", field, was, is_now)


def _is_reordered(before: Any, after: Any) -> bool:
    """The same links in another order or number; other links are told of as links."""
    if before is _ABSENT or after is _ABSENT or before == after:
        return False
    return set(map(str, before)) == set(map(str, after))


def _is_same(before: Any, after: Any) -> bool:
    """As JSON: `true` is not 1."""
    return before == after and json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def _links(before: Graph, after: Graph) -> Iterator[Difference]:
    was, is_now = dict(_links_of(before)), dict(_links_of(after))
    for name in {**was, **is_now}:
        if name not in is_now:
            yield Difference("link", name, "removed", "", was[name], None)
        elif name not in was:
            yield Difference("link", name, "added", "", None, is_now[name])


def _links_of(graph: Graph) -> Iterator[tuple[str, dict[str, str]]]:
    for node in graph.nodes:
        for name, sources in node.inputs.items():
            for source in sources:
                ends = {"from": source.node, "output": source.output, "to": node.id, "input": name}
                yield f"{source.node}.{source.output} → {node.id}.{name}", ends
        for name, value in node.parameters.items():
            if (bound := bound_output(value)) is not None:
                ends = {"from": bound[0], "output": bound[1], "to": node.id, "parameter": name}
                yield f"{bound[0]}.{bound[1]} → {node.id}.{name}", ends
        for earlier in node.after:
            yield f"{earlier} → {node.id}", {"from": earlier, "to": node.id}


def _shown(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), LONGEST_SHOWN)
