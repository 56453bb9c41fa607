"""A graph: operations placed as nodes and wired by links; the same document for browser, SDK and REST."""

from __future__ import annotations

from typing import Any

from plynx_common.domain.operation import Model, Operation, Parameter
from plynx_common.domain.scalars import Flag, Number


class OutputRef(Model):
    """A data link's source."""

    node: str
    output: str


class Position(Model):
    x: Number = 0.0
    y: Number = 0.0


class Node(Model):
    id: str
    operation: str
    """`team/name@version`, or a key of the graph's own `operations`."""
    title: str = ""
    parameters: dict[str, Any] = {}
    """By name: a value, `{"$param": name}` for a graph parameter, or `{"$output": {"node": …, "output": …}}` for the
    text of a scalar output upstream (which also makes a dependency)."""
    inputs: dict[str, tuple[OutputRef, ...]] = {}
    after: tuple[str, ...] = ()
    """Order only."""
    pool: str = ""
    """Overrides the operation's."""
    cacheable: Flag | None = None
    """Overrides the operation's."""
    position: Position | None = None
    comment: str = ""


class Graph(Model):
    name: str = ""
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    nodes: tuple[Node, ...] = ()
    operations: dict[str, Operation] = {}
    """Operations that travel with the graph. In a run's snapshot: all it uses, keyed as its nodes name them."""
