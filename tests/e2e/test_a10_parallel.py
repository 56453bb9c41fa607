"""A10: topological order, and everything that can run in parallel does."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.client import Client
from tests.e2e.documents import graph, node, operation


async def test_a10_the_sides_of_a_diamond_overlap_and_its_ends_do_not(client: Client, tmp_path: Path) -> None:
    times = tmp_path / "times"
    cmd = f'echo "$PLYNX_PARAM_name start $(date +%s.%N)" >> {times}; sleep 0.4; '
    cmd += f'echo "$PLYNX_PARAM_name end $(date +%s.%N)" >> {times}'
    step = operation(cmd, parameters={"name": "str"}, cacheable=False)
    diamond = graph(
        {"step": step},
        node("a", "step", parameters={"name": "a"}),
        node("b", "step", parameters={"name": "b"}, after=["a"]),
        node("c", "step", parameters={"name": "c"}, after=["a"]),
        node("d", "step", parameters={"name": "d"}, after=["b", "c"]),
    )
    (await client.run(diamond)).succeeded()
    at = {(name, what): float(time) for name, what, time in map(str.split, times.read_text().splitlines())}
    assert at["a", "end"] < min(at["b", "start"], at["c", "start"])
    assert max(at["b", "start"], at["c", "start"]) < min(at["b", "end"], at["c", "end"]), "B and C overlap"
    assert max(at["b", "end"], at["c", "end"]) < at["d", "start"]
