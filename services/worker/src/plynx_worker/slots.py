"""What is free on this worker: slots, and what nodes may ask for beside one."""

from __future__ import annotations

from typing import Any

from plynx_common.domain.operation import Resources
from plynx_common.messages.workers import Capacity

_NOTHING = Resources()


class Slots:
    """A slot is free, reserved for a claim that waits for its answer, or occupied by an attempt."""

    def __init__(self, total: int, capacity: Capacity) -> None:
        self.total = total
        self.capacity = capacity
        """All of it, busy or not."""
        self._reserved = 0
        self._used: dict[str, Resources] = {}
        self._left: Capacity | None = None

    @property
    def free(self) -> int:
        return self.total - self._reserved - len(self._used)

    def reserve(self) -> None:
        self._reserved += 1

    def unreserve(self) -> None:
        self._reserved -= 1

    def has_room(self, needs: Resources) -> bool:
        if self.free < 1:
            return False
        if needs is _NOTHING:
            return True
        left = self.left()
        return (
            needs.cpu <= left.cpu
            and needs.memory <= left.memory
            and needs.gpu <= left.gpu
            and all(tag in left.tags for tag in needs.tags)
        )

    def occupy(self, attempt: str, needs: Resources) -> None:
        self._used[attempt] = needs
        if needs is not _NOTHING:
            self._left = None

    def vacate(self, attempt: str) -> None:
        needs = self._used.pop(attempt, _NOTHING)
        if needs is not _NOTHING:
            self._left = None

    def left(self) -> Capacity:
        """For one more node: a claim asks for one, whatever else is free."""
        if self._left is None:
            used = self._used.values()
            self._left = Capacity(
                slots=1,
                cpu=max(0.0, self.capacity.cpu - sum(needs.cpu for needs in used)),
                memory=max(0, self.capacity.memory - sum(needs.memory for needs in used)),
                gpu=max(0, self.capacity.gpu - sum(needs.gpu for needs in used)),
                tags=self.capacity.tags,
            )
        return self._left


def needs_of(operation: dict[str, Any]) -> Resources:
    """Of an operation's document; most ask for nothing."""
    asked = operation.get("resources")
    return Resources.model_validate(asked) if asked else _NOTHING
