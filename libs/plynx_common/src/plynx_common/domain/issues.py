"""Issues while they are collected: JSON pointers, names in messages, suggestions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

from plynx_common.domain.errors import Issue
from plynx_common.domain.types import shortened

ERROR = "error"
WARNING = "warning"


MOST_HINTS = 20
"""In one validation: comparing names is slow, and a document that is wrong throughout needs other help."""
LONGEST_HINTED = 100
MOST_COMPARED = 2000


class Issues(list[Issue]):
    """What a validation finds; it never raises."""

    def __init__(self) -> None:
        super().__init__()
        self._hints = 0

    def error(self, path: str, code: str, message: str) -> None:
        self.append(Issue(path, code, message, ERROR))

    def warning(self, path: str, code: str, message: str) -> None:
        self.append(Issue(path, code, message, WARNING))

    def close_match(self, word: str, known: Collection[str]) -> str:
        """`; did you mean 'x'?`, or nothing."""
        self._hints += 1
        if self._hints > MOST_HINTS or len(word) > LONGEST_HINTED or len(known) > MOST_COMPARED:
            return ""
        found = get_close_matches(word, list(known), n=1)
        return f"; did you mean '{found[0]}'?" if found else ""


def has_errors(issues: Iterable[Issue]) -> bool:
    return any(issue.severity == ERROR for issue in issues)


def summary(issues: Iterable[Issue]) -> str:
    """For people: the first error in full, and how many there are."""
    errors = [issue for issue in issues if issue.severity == ERROR]
    if not errors:
        return "no errors"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].message}{more}"


def pointer(*steps: str | int) -> str:
    """RFC 6901."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def listed(names: Collection[str], limit: int = 12) -> str:
    """`'a', 'b'`, or `none`."""
    shown = ", ".join(f"'{name}'" for name in islice(names, limit))
    return f"{shown}, … ({len(names)} in all)" if len(names) > limit else shown or "none"


def check_name(issues: Issues, path: str, name: str, pattern: re.Pattern[str], thing: str) -> None:
    if not pattern.fullmatch(name):
        shape = _SHAPES.get(pattern.pattern, pattern.pattern)
        issues.error(path, "bad_name", f"{thing} '{shortened(name)}' has a bad name: expected {shape}")


_SHAPES = {
    r"[A-Za-z_][A-Za-z0-9_]{0,63}": "a letter or '_', then at most 63 letters, digits or '_'",
    r"[a-z0-9][a-z0-9_-]{0,62}": "at most 63 of a-z, 0-9, '_' and '-', beginning with a letter or digit",
    r"[a-z0-9][a-z0-9-]{0,38}": "at most 39 of a-z, 0-9 and '-', beginning with a letter or digit",
}
