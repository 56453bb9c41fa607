"""Every exception PLynx raises on purpose, as one tree.

    PlynxError
    ├── InvalidInput            what was handed in is wrong; `issues` says where, what was expected and what to do
    │   └── InvalidGraph        a graph or operation does not validate
    ├── NotFound                no such thing, or not in the caller's team
    ├── Conflict                the thing exists, but in another state or revision than the caller assumed
    ├── Unauthenticated         no token, or one that is wrong, expired or revoked
    ├── Forbidden               a known principal may not do this
    ├── IllegalTransition       a state machine was handed a fact that can never happen in its state
    ├── Misconfigured           a setting, URL or environment cannot work; names the setting
    └── Unavailable             something outside does not answer; try again
        ├── StoreUnavailable    documents
        ├── BusUnavailable      messages
        └── ObjectsUnavailable  artifact bytes

A node's bad outcome is no exception but a value: `plynx_common.domain.failure.Failure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with an input, for people and for programs."""

    path: str
    """JSON pointer into the document that was handed in, `""` for the whole of it."""
    code: str
    message: str
    """Names the thing in quotes, says what was expected and what to do."""
    severity: str = "error"
    """`error` or `warning`."""


class PlynxError(Exception):
    """Root of the tree; `code` is stable and is what clients may branch on."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(PlynxError):
    code = "invalid_input"

    def __init__(self, message: str, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__(message)
        self.issues = issues


class InvalidGraph(InvalidInput):
    code = "invalid_graph"


class NotFound(PlynxError):
    code = "not_found"


class Conflict(PlynxError):
    code = "conflict"


class Unauthenticated(PlynxError):
    code = "unauthenticated"


class Forbidden(PlynxError):
    code = "forbidden"


class IllegalTransition(PlynxError):
    code = "illegal_transition"


class Misconfigured(PlynxError):
    code = "misconfigured"


class Unavailable(PlynxError):
    code = "unavailable"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"


class BusUnavailable(Unavailable):
    code = "bus_unavailable"


class ObjectsUnavailable(Unavailable):
    code = "objects_unavailable"
