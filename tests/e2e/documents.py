"""Graph documents as a user writes them, in as few words as the tests need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]
Links = Mapping[str, Sequence[str] | str]


def operation(cmd: str = "", kind: str = "command", **fields: Any) -> Document:
    """Ports may be given short: `inputs={"data": "csv"}`, `outputs={"out": "text"}`, `parameters={"depth": "int"}`;
    instead of a type there may be more fields: `inputs={"data": {"types": ["csv"], "max": -1}}`.
    """
    document: Document = {"kind": kind, "cmd": cmd, **fields}
    for ports, field in (("inputs", "types"), ("outputs", "type"), ("parameters", "type")):
        if isinstance(given := fields.get(ports), Mapping):
            document[ports] = [_port(str(name), port, field) for name, port in given.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return document


def _port(name: str, port: Any, field: str) -> Document:
    if isinstance(port, Mapping):
        return {"name": name, **port}
    return {"name": name, field: [port] if field == "types" else port}


def node(id: str, operation: str = "", inputs: Links | None = None, **fields: Any) -> Document:
    """Inputs are given short: `{"data": "split.train"}` or a list of such."""
    document: Document = {"id": id, "operation": operation or id, **fields}
    if inputs:
        document["inputs"] = {
            name: [link(source) for source in ([sources] if isinstance(sources, str) else sources)]
            for name, sources in inputs.items()
        }
    return document


def link(source: str) -> Document:
    node, _, output = source.partition(".")
    return {"node": node, "output": output}


def graph(operations: Mapping[str, Document], *nodes: Document, **fields: Any) -> Document:
    """Without nodes: one node for each operation, of the same name."""
    placed = list(nodes) or [node(name) for name in operations]
    named = {name: {"name": name, **operation} for name, operation in operations.items()}
    return {"nodes": placed, "operations": named, **fields}


def single(cmd: str, kind: str = "command", *, parameters: Mapping[str, Any] | None = None, **fields: Any) -> Document:
    """One node `it` of one operation; `values` are its parameters' values."""
    values = fields.pop("values", None)
    if parameters is not None:
        fields["parameters"] = parameters
    placed = node("it", **({"parameters": values} if values else {}))
    return graph({"it": operation(cmd, kind, **fields)}, placed)
