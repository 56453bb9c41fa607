"""Hypothesis strategies: random graphs whose links all lead forward, and texts that are hard on encoders."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from plynx_common.domain.graph import Graph, Node, OutputRef, Position
from plynx_common.domain.operation import Input, Operation, Output, Parameter
from plynx_common.testing.factories import an_operation

WORK = an_operation(outputs=(Output(name="result"), Output(name="count", type="int")))

# What pydantic and JSON can hold: all of Unicode but surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
awkward_texts = texts | st.sampled_from(
    [
        *(
            "yes",
            "no",
            "null",
            "~",
            "true",
            "NaN",
            ".inf",
            "<<",
            "=",
            "1e3",
            "0x1F",
            "0o7",
            "1_000",
            "012",
            "12:30",
            "2026-11-23",
        ),
        *(
            "- a",
            "a: b",
            "#",
            "%",
            "'",
            '"',
            "!x",
            "&a",
            "*a",
            "",
            " ",
            "\t",
            "\u2028",
            "\x85",
            "\ufeff",
            "{{ param['x'] }}",
        ),
        *("\n", "a\n", "a\n\n", "\n a", "trailing \n", "set -e\necho 'hi'\n\techo\n", "a\r\nb", " a\nb"),
    ]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | awkward_texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward_texts, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@st.composite
def dags(draw: st.DrawFn, least: int = 1, most: int = 12) -> Graph:
    """Data links, `$output` bindings and order links, all from earlier nodes to later ones; nodes then shuffled."""
    count = draw(st.integers(least, most))
    nodes: list[Node] = []
    for index in range(count):
        before = [f"n{other}" for other in range(index)]
        some = st.lists(st.sampled_from(before), max_size=4) if before else st.just([])
        data, after, binding = (
            draw(some),
            draw(some),
            draw(st.sampled_from(before) | st.none() if before else st.none()),
        )
        bound = {} if binding is None else {"depth": {"$output": {"node": binding, "output": "count"}}}
        links = tuple(OutputRef(node=name, output="result") for name in data)
        nodes.append(
            Node(id=f"n{index}", operation="work", inputs={"data": links}, after=tuple(after), parameters=bound)
        )
    return Graph(nodes=tuple(draw(st.permutations(nodes))), operations={"work": WORK})


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def rich_operations(draw: st.DrawFn) -> Operation:
    port_names = draw(st.lists(names, max_size=3, unique=True))
    return Operation(
        name=draw(names),
        kind=draw(st.sampled_from(["command", "python", "bash_jinja2"])),
        title=draw(awkward_texts),
        cmd=draw(awkward_texts),
        _timeout=draw(st.floats(0.1, 1e6)),
        inputs=tuple(
            Input(name=name, types=("file", "csv"), min=draw(st.integers(0, 2)), max=-1) for name in port_names
        ),
        parameters=tuple(Parameter(name=name, type="json", default=draw(json_values)) for name in port_names),
        outputs=tuple(Output(name=name, description=draw(awkward_texts)) for name in port_names),
        tags=tuple(draw(st.lists(awkward_texts, max_size=2))),
        env=draw(st.dictionaries(names, awkward_texts, max_size=2)),
    )


@st.composite
def rich_graphs(draw: st.DrawFn) -> Graph:
    """Valid or not: what people may have saved."""
    nodes = [
        node.model_copy(
            update={
                "title": draw(awkward_texts),
                "parameters": draw(st.dictionaries(names, json_values, max_size=3)),
                "position": draw(st.none() | st.builds(Position, x=st.floats(-1e6, 1e6), y=st.floats(-1e6, 1e6))),
                "cacheable": draw(st.none() | st.booleans()),
            }
        )
        for node in draw(dags(most=4)).nodes
    ]
    operation = draw(rich_operations())
    return Graph(
        title=draw(awkward_texts),
        description=draw(awkward_texts),
        nodes=tuple(nodes),
        operations={operation.name: operation},
        parameters=operation.parameters,
    )
