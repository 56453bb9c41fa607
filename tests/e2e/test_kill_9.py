"""Kill -9 of the whole embedded platform in the middle of a run: nothing is left, nothing is lost, nothing is twice."""

from __future__ import annotations

import time
from pathlib import Path

from plynx_common.testing.eventually import eventually
from tests.e2e.conftest import Start
from tests.e2e.documents import Document, graph, node, operation


def chain(ledger: Path, length: int) -> Document:
    step = operation(
        f'echo "$PLYNX_PARAM_name" >> {ledger}; sleep 0.3; echo done > "$PLYNX_OUTPUT_out"',
        parameters={"name": "str"},
        outputs={"out": "text"},
    )
    nodes = [
        node(f"n{index}", "step", parameters={"name": f"n{index}"}, after=[f"n{index - 1}"] if index else [])
        for index in range(length)
    ]
    return graph({"step": step}, *nodes)


async def test_a_killed_platform_goes_on_where_it_was(start_platform: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    async with start_platform() as platform:
        run = platform.client().submit(chain(ledger, 8))
        await eventually(lambda: ledger.exists() and len(ledger.read_text().split()) >= 4, story="the fourth node runs")
        stored = [id for id, found in platform.client().nodes(run).items() if found["state"] == "succeeded"]
        platform.kill9()
        await platform.is_gone()
        executed = ledger.read_text().split()

        began = time.monotonic()
        await platform.start()
        await eventually(lambda: len(ledger.read_text().split()) > len(executed), story="a script runs again")
        assert time.monotonic() - began < 3.0 + 2.0, "it goes on within 3 s of being up (2 s for the start itself)"
        ended = (await platform.client().end_of(run)).succeeded()

    lines = ledger.read_text().split()
    assert all(lines.count(id) == 1 for id in stored), f"what was stored ran again: {lines}"
    assert set(lines) == {f"n{index}" for index in range(8)}
    assert len(lines) <= 9, f"at most the one that was running has run twice: {lines}"
    assert ended.run["counts"] == {"succeeded": 8}
