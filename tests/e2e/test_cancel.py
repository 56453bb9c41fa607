"""Cancel leaves no process, whatever the script does about it."""

from __future__ import annotations

from pathlib import Path

from plynx_common.testing.eventually import eventually
from tests.e2e.client import Client
from tests.e2e.conftest import no_scripts
from tests.e2e.documents import single
from tests.e2e.platform import Platform

STUBBORN = """
trap '' TERM
(setsid bash -c "trap '' TERM; while true; do sleep 0.1; done" &) &
touch {started}
while true; do sleep 0.1; done
"""


async def test_a_cancelled_script_that_ignores_term_and_forks_away_leaves_nothing(
    platform: Platform, client: Client, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    run = client.submit(single(STUBBORN.format(started=started)))
    await eventually(started.exists, story="the script has started")
    client.connection.post(f"/runs/{run}/cancel")
    ended = await client.end_of(run)
    assert ended.run["state"] == "cancelled"
    assert ended.states == {"it": "cancelled"}
    await no_scripts(platform.home)


async def test_a_cancelled_run_drops_what_waits(client: Client) -> None:
    run = client.submit(single("sleep 60"))
    await client.reached(run, "it", "running")
    client.connection.post(f"/runs/{run}/cancel")
    ended = await client.end_of(run)
    assert ended.run["counts"] == {"cancelled": 1}
