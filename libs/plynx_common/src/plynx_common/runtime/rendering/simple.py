"""Templates that only name values: rendered in place, since nothing in them is executed.

Most scripts are of this form, and a process per render costs more than all the rest of a short node. Whatever has any
other syntax, or names something unknown, is left to the sandbox; a test compares both on random templates.
"""

from __future__ import annotations

import re
from functools import lru_cache

from plynx_common.runtime.rendering.values import ALIASES, FILTERS, Names, as_text

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
_LOOKUP = re.compile(
    rf"\{{\{{\s*({'|'.join(sorted(ALIASES, key=len, reverse=True))})\s*"
    rf"(?:\[\s*(?:'({_NAME})'|\"({_NAME})\")\s*\]|\.\s*({_NAME}))"
    rf"\s*(?:\|\s*({'|'.join(FILTERS)})\s*)?\}}\}}",
    re.ASCII,
)
_SYNTAX = re.compile(r"\{[{%#]|\r")
"""Jinja's own, and the line ends that it rewrites."""

Piece = str | tuple[str, str, str]
"""Text, or (group, name, filter)."""


def has_syntax(template: str) -> bool:
    """False: any renderer gives it back as it is, whatever its values."""
    return _SYNTAX.search(template) is not None


@lru_cache(maxsize=1024)
def parsed(template: str) -> tuple[Piece, ...] | None:
    """None if it is not of this form."""
    pieces: list[Piece] = []
    at = 0
    for match in _LOOKUP.finditer(template):
        text = template[at : match.start()]
        if text.endswith("{") or _SYNTAX.search(text):
            return None
        pieces.append(text)
        pieces.append((ALIASES[match[1]], match[2] or match[3] or match[4], match[5] or ""))
        at = match.end()
    rest = template[at:]
    return None if _SYNTAX.search(rest) else (*pieces, rest)


def render(template: str, names: Names) -> str | None:
    """None if it is not of this form, or names what is not there."""
    pieces = parsed(template)
    if pieces is None:
        return None
    try:
        return "".join(piece if isinstance(piece, str) else _value(piece, names) for piece in pieces)
    except KeyError:
        return None


def _value(lookup: tuple[str, str, str], names: Names) -> str:
    group, name, filter_name = lookup
    value = names.value(group, name)
    return FILTERS[filter_name](value) if filter_name else as_text(value)
