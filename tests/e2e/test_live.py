"""Live streams as many clients use them at once: every byte once, whatever dies, and however slowly they read."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from plynx_common.testing.eventually import eventually
from tests.e2e.client import Client
from tests.e2e.documents import Document, single
from tests.e2e.followers import Follower
from tests.e2e.memory import Peaks
from tests.e2e.reachable import Reachable

FOLLOWERS = 50
TALK = """
import hashlib, os, sys, time
seen = hashlib.sha256()
def say(text):
    sys.stdout.write(text)
    seen.update(text.encode())
def wait_for(name):
    sys.stdout.flush()
    while not os.path.exists(f"{params['signals']}/{name}"):
        time.sleep(0.01)
say(f"attempt {os.environ['PLYNX_ATTEMPT']}\\n")
for name in ("one", "two", "three"):
    wait_for(name)
    for number in range(6000):
        say(f"{name} {number} " + "ä" * 30 + "\\n")
open(outputs["digest"], "w").write(seen.hexdigest())
"""
BIG_LOG_MB = int(os.environ.get("PLYNX_TEST_LOG_MB", "64"))
"""1024 on demand: what a careless script writes in a minute."""
MOST_GROWTH = 200 * 2**20
"""Bytes that a service may grow by while a script writes however much; head and tail of a log have 24 MiB."""


@pytest.fixture
def signals(client: Client, tmp_path: Path) -> Iterator[Path]:
    """Files here tell the script to go on; a test that fails does not leave it waiting."""
    yield tmp_path
    for name in ("one", "two", "three"):
        (tmp_path / name).touch()


def talking(signals: Path) -> Document:
    values = {"signals": str(signals)}
    return single(TALK, "python", parameters={"signals": "str"}, values=values, outputs={"digest": "str"})


def followers(platform: Reachable, run: str, may_read: asyncio.Event) -> list[Follower]:
    """Of each five: one steady, one slow, one that breaks its connection now and then; each other by websocket."""

    def follower(number: int) -> Follower:
        kind = number % 5
        return Follower(
            platform.url,
            platform.token,
            run,
            by_websocket=number % 2 == 0,
            breaks_after=100_000 + 1000 * number if kind in (1, 2) else 0,
            may_read=may_read if kind in (3, 4) else None,
        )

    return [follower(number) for number in range(FOLLOWERS)]


@asynccontextmanager
async def following(all_of_them: list[Follower]) -> AsyncGenerator[None]:
    """They have seen the end when it is left."""
    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        for follower in all_of_them:
            group.create_task(follower.follow())
        yield


@pytest.mark.timeout(180)
async def test_fifty_followers_end_with_the_bytes_of_the_final_log(
    platform: Reachable, client: Client, signals: Path
) -> None:
    """On separate processes the API and then the worker are killed meanwhile."""
    cluster = getattr(platform, "cluster", None)
    run = client.submit(talking(signals))
    await eventually(lambda: client.log(run, "it").startswith(b"attempt 1"), within=30, story="the script talks")
    may_read = asyncio.Event()
    watchers = followers(platform, run, may_read)
    async with following(watchers):
        (signals / "one").touch()
        steady = [watcher for watcher in watchers if watcher.may_read is None]
        await eventually(lambda: all(len(each.received[1]) > 400_000 for each in steady), within=30)
        if cluster is not None:
            await asyncio.to_thread(cluster.api.kill)
            (signals / "two").touch()
            await asyncio.to_thread(cluster.api.start)
            await eventually(lambda: all(len(each.received[1]) > 800_000 for each in steady), within=60)
            worker = client.node(run, "it")["worker"]
            service = cluster.services["worker-second" if worker == "second" else "worker-default"]
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start)
        may_read.set()
        (signals / "two").touch()
        (signals / "three").touch()
        ended = (await client.end_of(run, within=90)).succeeded()

    final = {attempt: await log_of(client, run, attempt) for attempt in range(1, ended.nodes["it"]["attempt"] + 1)}
    expected = {attempt: hashlib.sha256(content).hexdigest() for attempt, content in final.items()}
    assert expected[max(final)] == client.output(run, "it", "digest").decode()
    assert len(final) == (1 if cluster is None else 2)
    for watcher in watchers:
        assert watcher.digests == expected, f"{watcher.by_websocket=} {watcher.breaks_after=} {watcher.connections=}"
    assert max(watcher.connections for watcher in watchers) > 3


async def log_of(client: Client, run: str, attempt: int) -> bytes:
    with client.connection.stream(f"/runs/{run}/nodes/it/logs/stdout", attempt=attempt) as answer:
        return answer.read()


@pytest.mark.timeout(60 + 3 * BIG_LOG_MB)
async def test_a_script_that_writes_without_end_harms_nobody(platform: Reachable, client: Client) -> None:
    line = "x" * 99
    cmd = f"yes {line} | head -c {BIG_LOG_MB * 1_000_000}; echo; echo last words"
    peaks = Peaks(platform.home)
    run = client.submit(single(cmd, cacheable=False))
    watcher = Follower(platform.url, platform.token, run, by_websocket=True)
    await client.reached(run, "it", "running")
    async with following([watcher]):
        while (found := cast("dict[str, Any]", client.connection.get(f"/runs/{run}")))["state"] == "running":
            peaks.look()
            workers = client.connection.get("/workers")["items"]
            assert all(worker["is_live"] for worker in workers), "heartbeats come on time"
            await asyncio.sleep(0)
        assert found["state"] == "succeeded"

    node = client.node(run, "it")
    assert (node["attempt"], node["losses"]) == (1, 0)
    content = await log_of(client, run, 1)
    assert 24 * 2**20 <= len(content) < 24 * 2**20 + 1000, "head, mark and tail"
    assert content.endswith(b"\nlast words\n")
    assert watcher.digests == {1: hashlib.sha256(content).hexdigest()}
    print(f"{BIG_LOG_MB} MB of log: {peaks}")  # noqa: T201 (numbers for who runs it with 1024)
    assert peaks.growth < MOST_GROWTH, str(peaks)
