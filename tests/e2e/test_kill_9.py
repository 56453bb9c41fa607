"""Kill -9 of the whole embedded platform in the middle of a run: nothing is left, nothing is lost, nothing is twice."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from plynx_common.testing.eventually import eventually
from tests.e2e import processes
from tests.e2e.conftest import Start, assert_no_stack_trace
from tests.e2e.documents import Document, graph, node, operation, single
from tests.e2e.platform import Platform
from tests.e2e.reachable import PLYNX
from tests.e2e.stubborn import stubborn

GOES_ON_WITHIN = 3.0
"""Seconds after it is up again."""


def layers(ledger: Path, count: int) -> Document:
    """Two nodes side by side in each layer; each writes a line before anything else, in one piece."""
    step = operation(
        f'echo "$PLYNX_NODE" >> {ledger}; sleep 0.3; cat /dev/null $PLYNX_INPUT_data > "$PLYNX_OUTPUT_out"',
        inputs={"data": {"types": ["text"], "min": 0, "max": -1}},
        outputs={"out": "text"},
        parameters={"name": "str"},
    )
    nodes = [
        node(
            f"n{layer}-{side}",
            "step",
            {"data": [f"n{layer - 1}-{other}.out" for other in "ab"]} if layer else None,
            parameters={"name": f"{layer} {side}"},
        )
        for layer in range(count)
        for side in "ab"
    ]
    return graph({"step": step}, *nodes)


async def test_a_killed_platform_goes_on_where_it_was(start_platform: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.touch()
    async with start_platform() as platform:
        run = platform.client().submit(layers(ledger, 5))
        await eventually(lambda: len(ledger.read_text().split()) >= 5, within=20, story="the third layer runs")
        stored = [id for id, found in platform.client().nodes(run).items() if found["state"] == "succeeded"]
        platform.kill9()
        await platform.is_gone()
        before = ledger.read_text().split()

        await platform.start()
        began = time.monotonic()
        await eventually(lambda: len(ledger.read_text().split()) > len(before), within=10, story="a script runs again")
        assert time.monotonic() - began < GOES_ON_WITHIN
        ended = (await platform.client().end_of(run)).succeeded()

        lines = ledger.read_text().split()
        assert len(stored) >= 2, "the test has killed it too early to show anything"
        assert all(lines.count(id) == 1 for id in stored), f"what was stored ran again: {lines}"
        assert set(lines) == set(ended.nodes)
        assert len(lines) <= 12, f"only what was running at the kill may run twice: {lines}"
        assert_no_stack_trace(platform.log)


async def test_no_script_outlives_a_killed_platform(start_platform: Start) -> None:
    seconds = "7654.324"
    async with start_platform() as platform:
        platform.client().submit(stubborn(seconds))
        await eventually(lambda: processes.naming(seconds), within=10, story="the detached process runs")

        platform.kill9()

        await platform.is_gone()
        await eventually(lambda: not processes.naming(seconds), within=2, story="the detached process ends")


async def test_a_follower_sees_every_byte_once_over_a_kill_and_goes_on_with_the_next_attempt(
    start_platform: Start, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    script = f"printf 'attempt %d \\x85\\n' $PLYNX_ATTEMPT; while [ ! -e {go} ]; do sleep 0.05; done; echo ended"
    async with start_platform(PLYNX_STORAGE_SEAL_AFTER="PT1S") as platform:
        run = platform.client().submit(single(script))
        await eventually(lambda: b"attempt 1" in platform.client().log(run, "it"), within=20, story="it is archived")
        with following(platform, run) as follower:
            assert follower.stdout is not None
            assert follower.stdout.readline() == b"attempt 1 \x85\n"

            platform.kill9()
            await platform.is_gone()
            await platform.start()
            await eventually(lambda: platform.client().node(run, "it")["attempt"] == 2, within=10)
            go.touch()
            rest = follower.stdout.read()

        assert follower.returncode == 0
        truncated, separator, second = rest.partition(b"attempt 2")
        assert b"[log truncated: the worker was lost" in truncated
        assert separator + second == b"attempt 2 \x85\nended\n"


def following(platform: Platform, run: str) -> subprocess.Popen[bytes]:
    command = [PLYNX, "logs", "-f", run, "it"]
    return subprocess.Popen(
        command, env=platform.shell_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


async def test_a_stopped_platform_gives_its_work_back_and_goes_on_later(start_platform: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.touch()
    async with start_platform() as platform:
        run = platform.client().submit(layers(ledger, 3))
        await eventually(lambda: len(ledger.read_text().split()) >= 3, within=20, story="the second layer runs")

        assert platform.stop() == 0
        await platform.is_gone()
        await platform.start()

        (await platform.client().end_of(run)).succeeded()
        lines = ledger.read_text().split()
        assert sorted(lines) == sorted(set(lines)), "short scripts are waited for: nothing runs twice"
