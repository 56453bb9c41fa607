"""`quoting: safe`: values become references to environment variables, never program text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from plynx_common.runtime.rendering.values import as_text

PREFIX = "PLYNX_VALUE_"
LONGEST_VALUE = 100 * 1024
"""Bytes: the kernel takes no longer variable."""


class BadQuoting(ValueError):
    """A value stands where no variable can; says where and what to do."""


class Variables:
    """What a rendering put out, kept aside; the text holds marks in its place, which no value can forge."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._key = os.urandom(8).hex()
        self.pattern = re.compile(f"\ue000{self._key}:([0-9]+)\ue001")

    def mark(self, value: Any) -> str:
        """A list is as many words as it has items."""
        items = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
        return " ".join(self._mark_one(as_text(item)) for item in items)

    def _mark_one(self, text: str) -> str:
        # A block captured by `{% set %}` or a macro comes here a second time, with marks inside.
        text = self.pattern.sub(lambda mark: self.values[int(mark[1])], text)
        self.values.append(text)
        return f"\ue000{self._key}:{len(self.values) - 1}\ue001"


@dataclass(frozen=True, slots=True)
class Quoted:
    text: str
    env: Mapping[str, str]


def with_variables(text: str, variables: Variables) -> Quoted:
    """Raises `BadQuoting`."""
    shell = _Shell()
    pieces: list[str] = []
    env: dict[str, str] = {}
    at = 0
    for mark in variables.pattern.finditer(text):
        literal = text[at : mark.start()]
        shell.read(literal)
        pieces.append(literal)
        name = f"{PREFIX}{mark[1]}"
        env[name] = _checked(variables.values[int(mark[1])], shell.line)
        pieces.append(shell.reference(name))
        at = mark.end()
    pieces.append(text[at:])
    return Quoted("".join(pieces), env)


def _checked(value: str, line: int) -> str:
    if "\0" in value:
        raise BadQuoting(f"line {line} of the script: a value with a NUL fits in no variable")
    if len(value.encode(errors="surrogateescape")) > LONGEST_VALUE:
        raise BadQuoting(f"line {line} of the script: a value above 100 KiB fits in no variable: pass it as a file")
    return value


class _Shell:
    """Follows bash's quotes, as far as it takes to know how a variable stands at some place."""

    def __init__(self) -> None:
        self.line = 1
        self._stack: list[str] = []
        """Innermost last: `'`, `"`, `(` (of a substitution), `` ` `` or `#` (a comment)."""
        self._previous = "\n"
        self._escaped = False

    def read(self, text: str) -> None:
        for character in text:
            self.line += character == "\n"
            if self._escaped:
                self._escaped = False
            else:
                self._step(character)
            self._previous = character

    def _step(self, character: str) -> None:
        inside = self._stack[-1] if self._stack else ""
        if inside == "'":
            self._leave_at(character, "'")
        elif inside == "#":
            self._leave_at(character, "\n")
        elif character == "\\":
            self._escaped = True
        elif character == "(" and (self._previous == "$" or inside == "("):
            self._stack.append("(")
        elif character == inside or (inside == "(" and character == ")"):
            self._stack.pop()
        elif character in '"`' or (inside != '"' and self._opens(character)):
            self._stack.append(character)

    def _opens(self, character: str) -> bool:
        return character == "'" or (character == "#" and self._previous in " \t\n;&|()")

    def _leave_at(self, character: str, end: str) -> None:
        if character == end:
            self._stack.pop()

    def reference(self, name: str) -> str:
        inside = self._stack[-1] if self._stack else ""
        if inside == "'" or self._escaped:
            raise BadQuoting(
                f"line {self.line} of the script: with 'quoting: safe' a value cannot stand between single quotes or "
                "behind a backslash: remove the quotes, or use double quotes"
            )
        self._previous = "}"
        return f"${{{name}}}" if inside == '"' else f'"${{{name}}}"'
