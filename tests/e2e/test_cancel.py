"""Cancel leaves no process, whatever the script does about it, and drops what waits."""

from __future__ import annotations

from pathlib import Path

from plynx_common.testing.eventually import eventually
from tests.e2e import processes
from tests.e2e.client import Client
from tests.e2e.conftest import GRACE
from tests.e2e.documents import graph, node, operation, single
from tests.e2e.reachable import Reachable
from tests.e2e.stubborn import stubborn


async def test_a_cancelled_script_that_ignores_term_and_forks_away_leaves_nothing(
    platform: Reachable, client: Client
) -> None:
    seconds = "7654.323"
    run = client.submit(stubborn(seconds))
    await eventually(lambda: processes.naming(seconds), within=10, story="the detached process runs")

    client.connection.post(f"/runs/{run}/cancel")

    def nothing_is_left() -> bool:
        left = processes.naming(seconds) | processes.scripts_of(platform.home)
        assert not left, left
        return True

    await eventually(nothing_is_left, within=GRACE + 2, story="the whole tree ends")
    ended = await client.end_of(run, within=GRACE + 2)
    assert ended.run["state"] == "cancelled"
    assert ended.states == {"it": "cancelled"}


async def test_a_cancelled_script_may_use_its_grace(client: Client, tmp_path: Path) -> None:
    ready, tidied = tmp_path / "ready", tmp_path / "tidied"
    script = f"trap 'touch {tidied}; echo tidied; exit 0' TERM; touch {ready}; while :; do sleep 0.05; done"
    run = client.submit(single(script))
    await eventually(ready.exists, within=10, story="the script has set its trap")

    client.connection.post(f"/runs/{run}/cancel")

    ended = await client.end_of(run, within=GRACE + 2)
    assert ended.states == {"it": "cancelled"}
    assert tidied.exists()
    assert client.log(run, "it") == b"tidied\n"


async def test_a_cancelled_run_drops_what_waits_and_keeps_what_is_done(client: Client) -> None:
    operations = {"quick": operation("echo $PLYNX_NODE"), "long": operation("sleep 300"), "after": operation("true")}
    document = graph(operations, node("quick"), node("long", after=["quick"]), node("after", after=["long"]))
    run = client.submit(document)
    await client.reached(run, "long", "running")

    client.connection.post(f"/runs/{run}/cancel")

    ended = await client.end_of(run, within=GRACE + 2)
    assert ended.run["state"] == "cancelled"
    assert ended.states == {"quick": "succeeded", "long": "cancelled", "after": "cancelled"}
    again = client.connection.post(f"/runs/{run}/cancel")
    assert again["state"] == "cancelled", "twice is no error"
