"""A node's bad outcome, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    EXIT = "exit"
    """The script ended with a code other than 0, or by a signal."""
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_MISSING = "output_missing"
    TEMPLATE = "template"
    """The script cannot be made: a wrong template or parameter, or an environment that cannot be had."""
    INPUT_MISSING = "input_missing"
    LOST = "lost"
    INFRASTRUCTURE = "infrastructure"
    """The platform's fault (disk full, uploads refused): never spends the user's retries."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureKind
    message: str
    """For people: names the thing and the remedy."""
    retryable: bool = True
    exit_code: int | None = None
    signal: int | None = None
    stderr_tail: str = ""
    """The last lines of stderr, already masked."""

    def to_document(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "message": self.message,
            "retryable": self.retryable,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "stderr_tail": self.stderr_tail,
        }

    @classmethod
    def from_document(cls, document: dict[str, object]) -> Failure:
        fields = dict(document)
        fields["kind"] = FailureKind(str(fields["kind"]))
        return cls(**fields)  # type: ignore[arg-type]
