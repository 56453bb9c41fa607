"""The graphs that are measured: no-op nodes that leave one marker each, in the shapes W0 to W6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Links = Literal["order", "data"]
"""`order`: only `after`; `data`: each node writes 100 bytes that its successors read."""

BYTES = 100
"""Of each node's output, where links carry data."""

MARK = 'echo >> "$MARKERS/$name"'
"""One byte per execution, so that a node executed twice shows."""
READ = 'for input in {inputs}; do read -r line < "$input"; done'
WRITE = f'printf "%-{BYTES - 1}s\\n" "$SALT $name" > {{output}}'


@dataclass(frozen=True, slots=True)
class Shape:
    """Nodes by id with their parents, each after its parents."""

    name: str
    title: str
    nodes: dict[str, tuple[str, ...]]

    @property
    def links(self) -> int:
        return sum(map(len, self.nodes.values()))


def one() -> Shape:
    return Shape("W0", "one node", {"n0": ()})


def chain(length: int = 40) -> Shape:
    nodes = {f"n{place}": (f"n{place - 1}",) if place else () for place in range(length)}
    return Shape("W1", f"chain of {length}", nodes)


def fan(width: int = 400, name: str = "W2") -> Shape:
    middle = tuple(f"m{place}" for place in range(width))
    nodes: dict[str, tuple[str, ...]] = {"source": ()}
    nodes |= dict.fromkeys(middle, ("source",))
    return Shape(name, f"1 → {width} → 1", nodes | {"sink": middle})


def layers(depth: int = 20, width: int = 50) -> Shape:
    """Each node after nodes i, i + 1 and i + 7 (mod `width`) of the layer before."""
    nodes: dict[str, tuple[str, ...]] = {}
    for layer in range(depth):
        for place in range(width):
            parents = (place, (place + 1) % width, (place + 7) % width) if layer else ()
            nodes[f"l{layer}-{place}"] = tuple(f"l{layer - 1}-{parent}" for parent in parents)
    return Shape("W3", f"{depth} layers of {width}, 3 parents each", nodes)


W6_WIDTHS = (100, 400, 1600, 6400)

SHAPES: dict[str, Callable[[], tuple[Shape, ...]]] = {
    "W0": lambda: (one(),),
    "W1": lambda: (chain(),),
    "W2": lambda: (fan(),),
    "W3": lambda: (layers(),),
    "W6": lambda: tuple(fan(width, f"W6/{width}") for width in W6_WIDTHS),
}
"""W5 is W3 again with everything cached: no shape of its own."""


def graph_document(shape: Shape, links: Links, markers: Path, salt: str) -> dict[str, Any]:
    """The document that is submitted. Another `salt` is other code, and so a cold cache."""
    nodes = [_node(name, parents, links) for name, parents in shape.nodes.items()]
    name = shape.name.lower().replace("/", "_")
    return {
        "name": name,
        "title": shape.title,
        "nodes": nodes,
        "operations": {"noop": _operation(links, markers, salt)},
    }


def _node(name: str, parents: tuple[str, ...], links: Links) -> dict[str, Any]:
    node: dict[str, Any] = {"id": name, "operation": "noop", "parameters": {"name": name}}
    if parents and links == "order":
        node["after"] = list(parents)
    elif parents:
        node["inputs"] = {"parents": [{"node": parent, "output": "text"} for parent in parents]}
    return node


def _operation(links: Links, markers: Path, salt: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "name": "noop",
        "kind": "command",
        "parameters": [{"name": "name", "type": "str"}],
        "cmd": "\n".join((f"# {salt}", "name=$PLYNX_PARAM_name", script(links, output='"$PLYNX_OUTPUT_text"'), "")),
        "env": {"MARKERS": str(markers), "SALT": salt},
    }
    if links == "data":
        operation["inputs"] = [{"name": "parents", "types": ["text"], "min": 0, "max": -1}]
        operation["outputs"] = [{"name": "text", "type": "text"}]
    return operation


def script(links: Links, *, inputs: str = "i_*_parents", output: str) -> str:
    """What each node does, in bash without any other program; expects `name`, `MARKERS` and `SALT`."""
    if links == "order":
        return MARK
    # The names of 6 400 inputs are too much for a variable, so the inputs are found in the working directory.
    return "\n".join((MARK, "shopt -s nullglob", READ.format(inputs=inputs), WRITE.format(output=output)))


class Markers:
    """The directory where the nodes leave their markers: counted independently of the platform's own records."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)

    def executions(self) -> dict[str, int]:
        """By node."""
        return {path.name: path.stat().st_size for path in self.directory.iterdir()}

    def problem(self, shape: Shape) -> str:
        """Empty when each node was executed exactly once."""
        found = self.executions()
        missing = len(shape.nodes.keys() - found.keys())
        repeated = sum(count != 1 for count in found.values())
        if not missing and not repeated and len(found) == len(shape.nodes):
            return ""
        return f"{missing} of {len(shape.nodes)} nodes not executed, {repeated} executed more than once"
