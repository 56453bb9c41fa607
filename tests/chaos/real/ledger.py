"""What scripts write down themselves, whatever the platform believes: one line when one begins, one when it ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

BEGAN, ENDED = "began", "ended"


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    attempt: str
    """<run>/<node>/<number>"""
    at: float
    """Seconds since 1970."""

    @property
    def node_run(self) -> str:
        return self.attempt.rpartition("/")[0]


class Ledger:
    """One file for all scripts: O_APPEND and one write a line, so that no line is torn or lost."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def script(self, work: str) -> str:
        """In bash: `work` between the two lines."""
        return f"{self._line(BEGAN)}\n{work}\n{self._line(ENDED)}\n"

    def _line(self, what: str) -> str:
        line = r'printf "%s %s/%s/%s %s\n" ' + what + r' "$PLYNX_RUN" "$PLYNX_NODE" "$PLYNX_ATTEMPT" "$EPOCHREALTIME"'
        return f"{line} >> {self.path}"

    def lines(self, run: str) -> list[Line]:
        words = (text.split() for text in self.path.read_text(encoding="utf-8").splitlines())
        found = [Line(what, attempt, float(at)) for what, attempt, at in words]
        return [line for line in found if line.attempt.startswith(f"{run}/")]

    def began(self, run: str) -> list[Line]:
        return [line for line in self.lines(run) if line.what == BEGAN]

    def began_since(self, run: str, moment: float) -> list[Line]:
        return [line for line in self.began(run) if line.at >= moment]

    def ended(self, run: str) -> list[Line]:
        return [line for line in self.lines(run) if line.what == ENDED]

    def executions(self, run: str) -> Counter[str]:
        """By node run."""
        return Counter(line.node_run for line in self.began(run))
