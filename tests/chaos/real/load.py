"""What runs while something dies: layers of short scripts, each with two producers in the layer before."""

from __future__ import annotations

from uuid import uuid4

from tests.chaos.real.ledger import Ledger
from tests.e2e.documents import Document, graph, node, operation

WIDTH = 8
COPY = 'cat /dev/null $PLYNX_INPUT_data | sort | uniq > "$PLYNX_OUTPUT_out"; echo "$PLYNX_NODE" >> "$PLYNX_OUTPUT_out"'
"""An output names all the nodes before it, so that it tells whether it was made of the right inputs."""
PADDING = 'yes "$PLYNX_PARAM_run $PLYNX_NODE" | head -c "$PLYNX_PARAM_size" >> "$PLYNX_OUTPUT_out"'


def layers(
    ledger: Ledger, count: int, *, width: int = WIDTH, seconds: float = 0.6, size: int = 0, pool: str = ""
) -> Document:
    """`size`: bytes that each output has at least."""
    step = operation(
        ledger.script(f'sleep "$PLYNX_PARAM_seconds"\n{COPY}\n{PADDING}'),
        inputs={"data": {"types": ["text"], "min": 0, "max": -1}},
        outputs={"out": "text"},
        parameters={"seconds": "float", "run": "str", "size": "int"},
        pool=pool,
    )
    salt = uuid4().hex  # equal nodes of another run would be restored from the cache
    nodes = [
        node(
            _id(layer, place),
            "step",
            {"data": [f"{_id(layer - 1, other % width)}.out" for other in (place, place + 1)]} if layer else None,
            # From half to one and a half: what ends at the same moment shows less.
            parameters={"seconds": round(seconds * (0.5 + place / width), 3), "run": salt, "size": size},
        )
        for layer in range(count)
        for place in range(width)
    ]
    return graph({"step": step}, *nodes)


def _id(layer: int, place: int) -> str:
    return f"n{layer}-{place}"
