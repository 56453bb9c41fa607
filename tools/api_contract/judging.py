"""Whether one document may take the place of the one that clients rely on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tools.api_contract.changes import breaking, compatible
from tools.api_contract.documents import Document, changes


@dataclass(frozen=True)
class Judgement:
    refused: list[str]
    """Lines of breaking changes that nobody has accepted, and what else is missing."""
    unneeded: list[str]
    """Accepted for the present version, and not there."""
    grown: list[str]
    """Lines of compatible changes."""

    @property
    def passes(self) -> bool:
        return not self.refused and not self.unneeded


def judge(before: Document, after: Document, accepted: Mapping[str, Mapping[str, str]]) -> Judgement:
    found = changes(before, after)
    version = before["info"]["version"]
    breaks, lines = breaking(found), accepted.get(version, {})
    refused = [line for line in breaks if not any(_matches(each, line) for each in lines)]
    if breaks and not refused and after["info"]["version"] == version:
        refused = [f"/info/version: is still '{version}': a document that breaks needs another (plynx_api/app.py)"]
    unneeded = [each for each in lines if not any(_matches(each, line) for line in breaks)]
    silent = [f"{line!r} has no reason" for line, reason in lines.items() if not reason.strip()]
    return Judgement([*refused, *silent], unneeded, compatible(found))


def _matches(pattern: str, line: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), line) is not None
