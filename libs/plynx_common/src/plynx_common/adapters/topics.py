"""Routing keys of topic exchanges: words with dots between; `*` is one word, `#` any number of them."""

from __future__ import annotations

from collections.abc import Sequence


def topic_matches(pattern: str, key: str) -> bool:
    return _match(pattern.split("."), key.split("."))


def _match(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """One row of the classic wildcard table per word of the pattern: linear in memory, no backtracking."""
    row = [True] + [False] * len(words)
    for wanted in pattern:
        if wanted == "#":
            first = row.index(True) if True in row else len(row)
            row = [index >= first for index in range(len(row))]
        else:
            row = [False] + [before and wanted in ("*", word) for before, word in zip(row, words, strict=False)]
    return row[-1]
