"""Why the cache was of use for a node, or not: the component that differs from the nearest earlier entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plynx_api.explaining import Subject
from plynx_api.keys import Key, is_cacheable
from plynx_common.domain.cache_key import Difference, explain_difference
from plynx_common.domain.node_run import NodeState
from plynx_common.repositories.cache import CacheEntry

LOOKED_AT = 100
"""Earlier entries of the same operation."""


@dataclass(frozen=True, slots=True)
class CacheReason:
    verdict: str
    """`hit`, `miss`, `off` (not cacheable), `forced` (the run ignores the cache), `reused` (the cache was not asked) or
    `unknown` (not looked up yet)."""
    message: str
    key: str | None = None
    nearest: CacheEntry | None = None
    differences: tuple[Difference, ...] = ()


def cache_reason(subject: Subject, key: Key | None, earlier: Sequence[CacheEntry]) -> CacheReason:
    """`earlier`: entries of the same operation, stored before the node was claimed, the newest first."""
    node = subject.node
    if not is_cacheable(subject.place, subject.operation):
        return CacheReason("off", f"operation '{subject.operation.name}' is not cacheable here: it is always executed")
    text = node.cache_key or (key.text if key else None)
    if node.state is NodeState.RESTORED:
        if "from_run" in (node.restored_from or {}):
            return CacheReason("reused", "the cache was not asked: the run takes this result from another run")
        return CacheReason("hit", "an entry with this very key was there, and its artifacts existed", text)
    if not node.attempt:
        return CacheReason("unknown", "the cache has not been asked yet, or its answer is not known here", text)
    if is_forced(subject):
        return CacheReason("forced", "the run ignores the cache for this node", text)
    return _miss(subject, key, text, earlier)


def is_forced(subject: Subject) -> bool:
    force = subject.run.force
    return subject.node.node in force if isinstance(force, tuple) else force


def _miss(subject: Subject, key: Key | None, text: str | None, earlier: Sequence[CacheEntry]) -> CacheReason:
    if key is None:
        return CacheReason("miss", "what it was made from is not known any more", text)
    if not earlier:
        return CacheReason("miss", f"no earlier result of operation '{subject.operation.name}' was in the cache", text)
    entry, differences = _nearest(subject, key, earlier)
    place = f"node '{entry.node}' of run '{entry.run}'"
    if not differences:
        message = f"{place} had an equal key, but its artifacts were gone, its entry was voided or came too late"
    else:
        said = "; ".join(each.message for each in differences)
        message = f"{said} (the nearest earlier result is that of {place})"
    return CacheReason("miss", message, text, entry, differences)


def _nearest(subject: Subject, key: Key, earlier: Sequence[CacheEntry]) -> tuple[CacheEntry, tuple[Difference, ...]]:
    """The fewest differences; among those the same node, then the newest."""
    compared = [(entry, differences_of(entry.components, key.components)) for entry in earlier]
    return min(compared, key=lambda each: (len(each[1]), each[0].node != subject.node.node))


def differences_of(before: dict[str, str], after: dict[str, str]) -> tuple[Difference, ...]:
    """Of what is known of both: a component that is missing on one side may be one that could not be worked out."""
    unknown = {name for name in ("kind", "code", "environment", "ports") if (name in before) != (name in after)}
    return explain_difference(
        {name: value for name, value in before.items() if name not in unknown},
        {name: value for name, value in after.items() if name not in unknown},
    )
