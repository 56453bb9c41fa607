"""Graphs of every shape, drawn from a seed: with data links or order only, cacheable or not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from random import Random

from plynx_common.domain.graph import Graph, Node, OutputRef
from plynx_common.domain.operation import ArtifactRef, Operation, Output, Resources

FILES = 0.15
"""Share of the roots that are stored files."""
FILE, LOST_FILE = "kept", "lost"
SECOND_POOL = "second"
MOST_CPU = 4.0
"""Cores of the larger workers."""

Parents = list[list[int]]
"""By node, in topological order."""


def chain(random: Random) -> Parents:
    return [[index - 1] if index else [] for index in range(random.randint(1, 6))]


def diamond(random: Random) -> Parents:
    return wide(random, 2)


def wide(random: Random, middle: int = 0) -> Parents:
    middle = middle or random.randint(3, 8)
    return [[], *([0] for _ in range(middle)), list(range(1, middle + 1))]


def layered(random: Random) -> Parents:
    layers, width = random.randint(2, 3), random.randint(2, 4)
    return [
        [] if layer == 0 else sorted({(layer - 1) * width + column, (layer - 1) * width + (column + 1) % width})
        for layer in range(layers)
        for column in range(width)
    ]


def scattered(random: Random) -> Parents:
    """Any DAG: several roots, several ends, parts that do not touch."""
    size = random.randint(1, 10)
    return [sorted(random.sample(range(index), min(index, random.choice([0, 1, 1, 2, 3])))) for index in range(size)]


SHAPES: Sequence[Callable[[Random], Parents]] = (chain, diamond, wide, layered, scattered)


def draw_graph(random: Random, retries: int) -> Graph:
    parents = random.choice(SHAPES)(random)
    operations = {f"op{kind}": _operation(random, f"op{kind}", retries) for kind in range(3)}
    files = {name: _file(name) for name in (FILE, LOST_FILE)}
    used = [
        random.choice(list(files)) if not parents_of and random.random() < FILES else random.choice(list(operations))
        for parents_of in parents
    ]
    operations |= files
    nodes = [_node(random, index, parents[index], used, operations) for index in range(len(parents))]
    return Graph(nodes=tuple(nodes), operations={name: operations[name] for name in sorted(set(used))})


def digest_of_file(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _file(name: str) -> Operation:
    """The artifact of `FILE` exists, that of `LOST_FILE` does not."""
    artifact = ArtifactRef(digest=digest_of_file(name), size=len(name))
    return Operation(name=name, kind="file", outputs=(Output(name="out"),), artifact=artifact)


def _operation(random: Random, name: str, retries: int) -> Operation:
    return Operation(
        name=name,
        kind="command",
        cmd="true",
        cacheable=random.random() < 0.5,
        outputs=(Output(name="out"),) if random.random() < 0.6 else (),
        retries=random.randint(0, retries),
        retry_delay=random.choice([0.0, 1.0, 10.0]),
        _timeout=random.choice([600.0, 600.0, 0.25]),
        on_lost="fail" if random.random() < 0.05 else "retry",
        pool=random.choice([*[""] * 6, SECOND_POOL]),
        resources=Resources(cpu=random.choice([0.0, 0.0, 0.0, MOST_CPU / 2])),
    )


def _node(random: Random, index: int, parents: list[int], used: list[str], operations: dict[str, Operation]) -> Node:
    data = [parent for parent in parents if operations[used[parent]].outputs and random.random() < 0.7]
    bound = [parent for parent in data if random.random() < 0.2]
    linked = [parent for parent in data if parent not in bound]
    is_file = operations[used[index]].kind == "file"
    texts = {f"text{parent}": {"$output": {"node": f"n{parent}", "output": "out"}} for parent in bound}
    return Node(
        id=f"n{index}",
        operation=used[index],
        parameters={} if is_file else {"place": random.choice([0, index, index]), **texts},
        inputs={"in": tuple(OutputRef(node=f"n{parent}", output="out") for parent in linked)} if linked else {},
        after=tuple(f"n{parent}" for parent in parents if parent not in data),
    )
