"""Operations and graphs for tests, valid unless a test says otherwise."""

from __future__ import annotations

from typing import Any

from plynx_common.domain.graph import Graph, Node, OutputRef
from plynx_common.domain.operation import Input, Operation, OperationStatus, Output, Parameter


def an_operation(name: str = "work", **fields: Any) -> Operation:
    """An approved `command` that takes any number of files, a depth and a note, and writes one file."""
    defaults: dict[str, Any] = {
        "team": "default",
        "status": OperationStatus.READY,
        "kind": "command",
        "cmd": "cat $PLYNX_INPUT_data > $PLYNX_OUTPUT_result",
        "inputs": (Input(name="data", min=0, max=-1),),
        "parameters": (Parameter(name="depth", type="int", default=3), Parameter(name="note")),
        "outputs": (Output(name="result"),),
    }
    return Operation(name=name, **{**defaults, **fields})


def a_node(id: str, *after: str, operation: str = "work", **fields: Any) -> Node:
    given: dict[str, Any] = {"after": after, **fields}
    return Node(id=id, operation=operation, **given)


def a_graph(*nodes: Node, operations: tuple[Operation, ...] | None = None, **fields: Any) -> Graph:
    """Its operations travel with it."""
    own = (an_operation(),) if operations is None else operations
    return Graph(nodes=nodes, operations={operation.name: operation for operation in own}, **fields)


def link(node: str, output: str = "result") -> OutputRef:
    return OutputRef(node=node, output=output)
