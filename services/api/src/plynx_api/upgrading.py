"""Newer operations for the nodes of a graph: what the catalogue knows of successors, and what came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from plynx_api.views import View
from plynx_common.domain.errors import NotFound
from plynx_common.domain.graph import Graph
from plynx_common.domain.operation import Operation, OperationStatus, exact_ref
from plynx_common.domain.upgrade import Change, newest_successor, upgraded
from plynx_common.domain.validation import operation_references
from plynx_common.repositories.operations import Operations

MOST_HOPS = 20
"""From successor to successor: each is a question to the store."""


class Target(StrEnum):
    SUCCESSORS = "successors"
    """What deprecated operations name as their successors."""
    NEWEST = "newest"
    """Also the newest usable version of every other operation."""


class Upgrading(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: Target = Field(
        default=Target.SUCCESSORS,
        description="`successors`: where deprecated operations point. `newest`: of all others the newest version too.",
    )


class ChangeView(View):
    node: str
    message: str
    is_loss: bool
    """Something of the node could not be kept: somebody should look."""


class UpgradeView(View):
    graph: dict[str, Any]
    changes: list[ChangeView]
    """Empty: it was up to date."""


async def upgrade_of(operations: Operations, graph: Graph, to: Target) -> tuple[Graph, tuple[Change, ...]]:
    """The graph with newer operations, and what has changed; nothing is stored."""
    known = await operations.resolve(operation_references(graph))
    if to is Target.NEWEST:
        known = {name: await _with_newest(operations, name, operation) for name, operation in known.items()}
    for _ in range(MOST_HOPS):
        wanted = [found.successor for found in known.values() if found.successor and found.successor not in known]
        found = await operations.resolve(wanted) if wanted else {}
        if not found:
            break
        known |= found
    usable = {name: _without_useless_successor(name, known) for name in known}
    return upgraded(graph, usable)


async def _with_newest(operations: Operations, name: str, operation: Operation) -> Operation:
    """Nodes that name no version always have the newest one."""
    if operation.successor is not None or "@" not in name:
        return operation
    try:
        newest = (await operations.newest(operation.name)).operation
    except NotFound:
        return operation
    if newest.version <= operation.version:
        return operation
    return operation.model_copy(update={"successor": exact_ref(newest)})


def _without_useless_successor(name: str, known: dict[str, Operation]) -> Operation:
    """A chain that ends at what nobody may use any more is not followed."""
    operation = known[name]
    end = known[newest_successor(name, known)]
    is_useless = end.status in (OperationStatus.RETIRED, OperationStatus.DRAFT)
    return operation.model_copy(update={"successor": None}) if is_useless else operation
