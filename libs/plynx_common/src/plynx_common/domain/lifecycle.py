"""The life of an operation's version: draft → ready → deprecated → retired, and what its content is named by."""

from __future__ import annotations

from plynx_common.domain.errors import Conflict
from plynx_common.domain.operation import Operation, OperationStatus, exact_ref
from plynx_common.domain.values import canonical_json, digest_of

MOVES: dict[str, dict[OperationStatus, OperationStatus]] = {
    "approve": {OperationStatus.DRAFT: OperationStatus.READY},
    "deprecate": {
        OperationStatus.READY: OperationStatus.DEPRECATED,
        OperationStatus.DEPRECATED: OperationStatus.DEPRECATED,  # names another successor
    },
    "retire": {
        OperationStatus.READY: OperationStatus.RETIRED,
        OperationStatus.DEPRECATED: OperationStatus.RETIRED,
    },
}
"""Action → from → to. Nothing leads back: whoever wants to go on clones a new version."""

LIFECYCLE_FIELDS = frozenset({"status", "successor"})
"""All that may still change once an operation is approved."""

_REMEDY = {
    OperationStatus.DRAFT: "approve it first",
    OperationStatus.READY: "it is approved and cannot change; clone it into a new version",
    OperationStatus.DEPRECATED: "it is approved and cannot change; clone it into a new version",
    OperationStatus.RETIRED: "it is retired; clone it into a new version",
}


def moved(operation: Operation, action: str) -> OperationStatus:
    """The status after the action; raises `Conflict` where it does not apply."""
    found = MOVES[action].get(operation.status)
    if found is None:
        raise Conflict(f"cannot {action} operation '{exact_ref(operation)}', which is {_remedy(operation)}")
    return found


def require_draft(operation: Operation) -> None:
    """Raises `Conflict` unless the operation may be edited."""
    if operation.status is not OperationStatus.DRAFT:
        raise Conflict(f"cannot edit operation '{exact_ref(operation)}', which is {_remedy(operation)}")


def _remedy(operation: Operation) -> str:
    return f"'{operation.status.value}': {_REMEDY[operation.status]}"


def content_digest(operation: Operation) -> str:
    """Names everything that is immutable once the operation is approved."""
    document = operation.to_document()
    content = {name: value for name, value in document.items() if name not in LIFECYCLE_FIELDS}
    return digest_of(canonical_json(content))
