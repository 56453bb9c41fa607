"""A node's log while it grows: each byte once, over broken connections, and on into the attempts that follow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from plynx.connection import Connection, Unreachable
from plynx.following import LONGEST_PAUSE, NODE_TERMINAL

SILENT_FOR = 60.0
"""Seconds without a frame, not even a ping, after which the connection is taken for broken."""


@dataclass(frozen=True, slots=True)
class AttemptBegins:
    number: int


@dataclass(slots=True)
class _Place:
    attempt: int
    offset: int = 0
    is_sealed: bool = False

    def take(self, frame: dict[str, Any]) -> bytes | AttemptBegins | None:
        kind = frame["type"]
        if kind == "data":
            piece: bytes = frame["data"].encode("latin-1")[max(self.offset - frame["offset"], 0) :]
            self.offset = max(self.offset, frame["offset"] + len(frame["data"]))
            return piece or None
        if kind == "attempt_changed":
            self.attempt, self.offset, self.is_sealed = frame["attempt"], 0, False
            return AttemptBegins(self.attempt)
        self.is_sealed = self.is_sealed or kind == "sealed"
        return None

    def is_last(self, node: dict[str, Any]) -> bool:
        """Of a restored node, which has no attempt itself, it is one of another run."""
        return node["state"] in NODE_TERMINAL and node["attempt"] <= self.attempt


def tail(
    connection: Connection, run: str, node: str, stream: str, *, attempt: int | None = None, tries: int = 10
) -> Iterator[bytes | AttemptBegins]:
    """From this attempt, by default the newest, until the log of the node's last one ends.

    Raises `Unreachable` when the platform stays away.
    """
    where = f"/runs/{run}/nodes/{node}"
    place = _Place(connection.get(where)["attempt"] if attempt is None else attempt)
    failures = 0
    while True:
        # Taken up where it broke, whatever the node did meanwhile: the platform says when another attempt begins.
        query = {"follow": "true", "onward": "true", "attempt": place.attempt, "from": place.offset}
        try:
            for frame in connection.lines(f"{where}/logs/{stream}", within=SILENT_FOR, **query):
                failures = 0
                if (said := place.take(frame)) is not None:
                    yield said
            # It closes when the node has ended, or the server: only the node knows which.
            if place.is_sealed and place.is_last(connection.get(where)):
                return
        except Unreachable:
            if failures + 1 >= tries:
                raise
        failures += 1
        time.sleep(min(0.2 * 2**failures, LONGEST_PAUSE))


def lines_of(said: Iterable[bytes | AttemptBegins]) -> Iterator[str]:
    """Without their ends; the last one of each attempt may have none."""
    rest = b""
    for piece in said:
        if isinstance(piece, bytes):
            *whole, rest = (rest + piece).split(b"\n")
        else:
            whole, rest = [rest] if rest else [], b""
        for line in whole:
            yield _text(line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")
