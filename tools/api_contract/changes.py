"""One change of the contract, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """`pointer`: JSON pointer into the document that has the thing, the older one where both have."""

    pointer: str
    words: str
    breaking: bool = True

    @property
    def line(self) -> str:
        return f"{self.pointer}: {self.words}"


def place(pointer: str, *tokens: str) -> str:
    """`pointer`, further down (RFC 6901)."""
    return pointer + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def breaking(changes: Iterable[Change]) -> list[str]:
    """A line for each, without doubles."""
    return list(dict.fromkeys(change.line for change in changes if change.breaking))


def compatible(changes: Iterable[Change]) -> list[str]:
    return list(dict.fromkeys(change.line for change in changes if not change.breaking))
