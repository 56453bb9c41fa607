"""How long it took until work went on, by what had died; shown at the end of the session, and held against a limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recovery:
    what: str
    seconds: float
    limit: float

    def __str__(self) -> str:
        return f"{self.what:<70} {self.seconds:6.1f} s   (limit {self.limit:g} s)"


MEASURED: list[Recovery] = []


def recovered(what: str, seconds: float, *, limit: float) -> None:
    measured = Recovery(what, seconds, limit)
    MEASURED.append(measured)
    assert seconds <= limit, f"too slow: {measured}"
