"""Graphs and operations as YAML for people and version control: the same document as in JSON, without loss.

Scalars follow YAML 1.2 (`yes` and `2026-11-23` are text, `1e-3` is a number), because that is what JSON can say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from plynx_common.domain.errors import InvalidInput, Issue
from plynx_common.domain.issues import pointer
from plynx_common.domain.types import shortened

LONGEST_DOCUMENT = 8 * 1024 * 1024
"""Characters."""
DEEPEST_NESTING = 64
MOST_VALUES = 1_000_000
"""With every alias written out."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class YamlDocument:
    value: Any
    lines: Mapping[str, int]
    """Line (from 1) by JSON pointer."""

    def line_of(self, path: str) -> int:
        """Of the value, or of what is nearest around it: an issue may name a field that is missing."""
        while path and path not in self.lines:
            path = path.rpartition("/")[0]
        return self.lines.get(path, 1)


def parse_yaml(text: str) -> Any:
    """Plain JSON values; raises `InvalidInput` that names line and column."""
    return load_yaml(text).value


def load_yaml(text: str) -> YamlDocument:
    """As `parse_yaml`, and remembers where everything stood."""
    if len(text) > LONGEST_DOCUMENT:
        raise InvalidInput(f"the YAML has {len(text)} characters, expected at most {LONGEST_DOCUMENT}")
    builder = _Builder()
    try:
        for event in cast("list[Event]", yaml.parse(text, Loader=_LOADER)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _malformed(error.problem or error.context or "malformed", mark) from None
    except yaml.YAMLError as error:
        raise _malformed(" ".join(str(error).split()), None) from None
    if not builder.documents:
        raise _malformed("it is empty: write a document", None)
    return YamlDocument(builder.root, builder.lines)


def _malformed(problem: str, mark: Any) -> InvalidInput:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    message = f"the YAML cannot be read: {where}{problem}"
    return InvalidInput(message, (Issue("", "malformed_yaml", message),))


@dataclass(slots=True)
class _Frame:
    """A list or an object that is being read."""

    value: list[Any] | dict[str, Any]
    path: str
    anchor: str | None
    key: str | None = None
    """Of an object: what the next value belongs to."""
    size: int = 1


@dataclass(slots=True)
class _Builder:
    """Values from events, without recursion: neither nesting nor aliases can exhaust anything."""

    root: Any = None
    documents: int = 0
    lines: dict[str, int] = field(default_factory=dict[str, int])
    stack: list[_Frame] = field(default_factory=list[_Frame])
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict[str, tuple[Any, int]])

    def take(self, event: Event) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _malformed("it holds a second document ('---'): keep one", event.start_mark)

    def scalar(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self._key(frame, event)
            return
        value = _scalar(event)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._add(value, 1, event)

    def alias(self, event: Any) -> None:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise _malformed(f"alias '*{event.anchor}' has no anchor before it", event.start_mark)
        self._add(*found, event)

    def start(self, event: Any) -> None:
        if event.tag and event.tag not in {f"{_TAG}map", f"{_TAG}seq", "!"}:
            raise _malformed(f"tag '{event.tag}' is not allowed: use plain values", event.start_mark)
        if len(self.stack) >= DEEPEST_NESTING:
            raise _malformed(f"it is nested more than {DEEPEST_NESTING} levels deep", event.start_mark)
        path = self._place(event)
        self.stack.append(_Frame({} if isinstance(event, MappingStartEvent) else [], path, event.anchor))

    def end(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.value, frame.size)
        self._store(frame.value, frame.size, event)

    def _key(self, frame: _Frame, event: Any) -> None:
        # A key is a name, whatever it looks like: `1:` and `true:` are what JSON would have in quotes.
        if event.value in frame.value:
            raise _malformed(f"key '{shortened(event.value)}' stands twice: remove one", event.start_mark)
        frame.key = event.value

    def _place(self, event: Any) -> str:
        """Pointer of the value that begins here; its line is noted."""
        frame = self.stack[-1] if self.stack else None
        if frame is None:
            path = ""
        elif isinstance(frame.value, list):
            path = f"{frame.path}/{len(frame.value)}"
        elif frame.key is None:
            raise _malformed("a key is no plain text: write it as a name", event.start_mark)
        else:
            path = frame.path + pointer(frame.key)
        self.lines[path] = event.start_mark.line + 1
        return path

    def _add(self, value: Any, size: int, event: Any) -> None:
        self._place(event)
        self._store(value, size, event)

    def _store(self, value: Any, size: int, event: Any) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MOST_VALUES:
            raise _malformed(f"it has more than {MOST_VALUES} values, aliases written out", event.start_mark)
        if isinstance(frame.value, list):
            frame.value.append(value)
        else:
            frame.value[cast("str", frame.key)] = value
            frame.key = None


_HANDLERS: dict[type[Event], Callable[[_Builder, Event], None]] = {
    DocumentStartEvent: _Builder.start_document,
    ScalarEvent: _Builder.scalar,
    AliasEvent: _Builder.alias,
    SequenceStartEvent: _Builder.start,
    MappingStartEvent: _Builder.start,
    SequenceEndEvent: _Builder.end,
    MappingEndEvent: _Builder.end,
}

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_NUMBER_STARTS = frozenset("+-.0123456789")


def _scalar(event: Any) -> Any:
    text: str = event.value
    tag: str | None = event.tag
    if tag is None or tag == "!":
        return _plain(text, event) if event.implicit[0] else text
    if tag == f"{_TAG}str":
        return text
    value: int | float | bool | str | None = _plain(text, event)
    if _TAG + _KINDS.get(type(value), "") != tag:
        raise _malformed(f"'{shortened(text)}' does not fit the tag '{tag}': use plain values", event.start_mark)
    return value


_KINDS: dict[type, str] = {int: "int", float: "float", bool: "bool", type(None): "null"}


def _plain(text: str, event: Any) -> Any:
    if text in _NULLS:
        return None
    if text[0] not in _NUMBER_STARTS:
        return _BOOLS.get(text, text)
    try:
        if _INT.fullmatch(text):
            return _storable(int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)))
        return float(text) if _FLOAT.fullmatch(text) else text
    except ValueError:
        raise _malformed(
            f"number '{shortened(text, 40)}' has too many digits: put it in quotes", event.start_mark
        ) from None


def _storable(number: int) -> int:
    """Raises `ValueError` for what no document can hold."""
    if number.bit_length() > 63:
        raise ValueError("more than 64 bits, sign included")
    return number


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes what YAML 1.1 or 1.2 would not read as text; writes texts of several lines as blocks; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the library's signature)
        return True


_RARE_BREAKS = re.compile("[\u0085\u2028\u2029]")
"""Line breaks in YAML 1.1, plain characters in 1.2: only an escape means the same to every reader."""


def _text_node(dumper: Any, text: str) -> Any:
    style = '"' if _RARE_BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar(f"{_TAG}str", text, style=style)


_register: Any = _Dumper  # the library is not typed
_register.add_implicit_resolver(f"{_TAG}int", re.compile(rf"(?:{_INT.pattern})\Z"), list(_NUMBER_STARTS))
_register.add_implicit_resolver(f"{_TAG}float", re.compile(rf"(?:{_FLOAT.pattern})\Z"), list(_NUMBER_STARTS))
_register.add_representer(str, _text_node)


def to_yaml(document: Any) -> str:
    """A JSON document as YAML that `parse_yaml` reads back as the same document."""
    dumped: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return dumped
