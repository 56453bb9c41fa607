"""What a template sees: groups of plain values, and how each value becomes text."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, SupportsIndex, cast

ALIASES = {
    "input": "input",
    "inputs": "input",
    "output": "output",
    "outputs": "output",
    "param": "param",
    "params": "param",
    "log": "log",
    "logs": "log",
    "cloud_input": "cloud_input",
    "cloud_output": "cloud_output",
}
"""Singular as in the article, plural as in PLynx 1.x: both, always defined."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a script may name: by singular group, then by name; values are plain (JSON), lists may be tuples."""

    groups: Mapping[str, Mapping[str, Any]]
    json_params: frozenset[str] = field(default_factory=frozenset[str])
    """Parameters of type json: their text is JSON, also where they hold a list."""

    def group(self, name: str) -> Mapping[str, Any]:
        return self.groups.get(name, {})

    def value(self, group: str, name: str) -> Any:
        """As a template sees it; raises `KeyError`."""
        value = self.groups[group][name]
        return as_json(value) if group == "param" and name in self.json_params else wrapped(value)


class ShellList(tuple[Any, ...]):
    """Iterable as it is; as text its items stand shell-quoted, a space between them."""

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(shlex.quote(as_text(item)) for item in self)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        found = super().__getitem__(index)
        return ShellList(cast("tuple[Any, ...]", found)) if isinstance(index, slice) else found


class JsonList(tuple[Any, ...]):
    __slots__ = ()

    def __str__(self) -> str:
        return to_json(self)


class JsonObject(dict[str, Any]):
    def __str__(self) -> str:
        return to_json(self)


class Group:
    """One of the names `input`, `param`, …: no dict, so that a parameter may be called `items`."""

    __slots__ = ("_name", "_values")

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __str__(self) -> str:
        return to_json(self._values)

    def items(self) -> list[tuple[str, Any]]:
        return list(self._values.items())

    def keys(self) -> list[str]:
        return list(self._values)

    def values(self) -> list[Any]:
        return list(self._values.values())

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def complaint(self, name: object) -> str:
        known = ", ".join(f"'{entry}'" for entry in self._values)
        return f"'{self._name}' has no '{name}', {f'it has {known}' if known else 'it is empty'}"


def wrapped(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ShellList(wrapped(item) for item in cast("list[Any]", value))
    return as_json(value) if isinstance(value, dict) else value


def as_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return JsonList(as_json(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return JsonObject((key, as_json(item)) for key, item in cast("dict[str, Any]", value).items())
    return value


def as_text(value: Any) -> str:
    """How a value stands in a script: lists quoted, objects as JSON, bool as True and False, the rest as it is."""
    return str(wrapped(value) if type(value) in (list, tuple, dict) else value)


def shell_quoted(value: Any) -> str:
    """The filter `sh`."""
    return as_text(value) if isinstance(value, list | tuple) else shlex.quote(as_text(value))


def to_json(value: Any) -> str:
    """The filter `json`."""
    return json.dumps(value, ensure_ascii=False, default=str)


FILTERS = {"sh": shell_quoted, "json": to_json}
