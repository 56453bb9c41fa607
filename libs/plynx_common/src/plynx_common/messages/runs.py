"""Calls and facts about runs, and the scheduler's own ticks."""

from __future__ import annotations

from typing import ClassVar

from plynx_common.messages.base import Message, Part


class RunLook(Message):
    """Look at this run now: it was inserted, or its `cancel_requested` was set. A doorbell: the sweep finds it too."""

    type: ClassVar[str] = "run.look"

    run: str
    partition: int


class Tick(Message):
    """Straight into the scheduler instance's own queue, behind the heartbeats waiting there."""

    type: ClassVar[str] = "scheduler.tick"

    instance: str
    incarnation: str
    number: int


class NodeChange(Part):
    node: str
    state: str
    attempt: int
    reason: str | None = None


class RunChanged(Message):
    """Fact: one per run and batch. Whoever sees a gap in `seq` reads the documents."""

    type: ClassVar[str] = "run.changed"

    run: str
    team: str
    seq: int
    state: str
    counts: dict[str, int]
    nodes: tuple[NodeChange, ...] = ()
    at: str
