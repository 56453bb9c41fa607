"""A full disk: said in words, with the remedy; nothing is lost or half-written, and work goes on when there is room."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from plynx.connection import ApiError
from plynx_common.testing.eventually import eventually
from tests.e2e.conftest import Start, assert_no_stack_trace
from tests.e2e.disks import filled, small_disk
from tests.e2e.documents import single
from tests.e2e.platform import Platform

SIZE = 300_000
RECOVERS_WITHIN = 30.0
"""Seconds: tries come at growing intervals, and 5 s pass before a node is tried again."""


async def test_a_full_state_directory_takes_nothing_new_and_loses_nothing_old(
    start_platform: Start, tmp_path: Path
) -> None:
    home, go = tmp_path / "home", tmp_path / "go"
    cmd = f"while [ ! -e {go} ]; do sleep 0.02; done; head -c {SIZE} /dev/urandom | tee $PLYNX_OUTPUT_x | sha256sum"
    # The worker's place is another disk, which has room: so the script itself does not notice.
    with small_disk(home, 16), small_disk(home / "worker", 16):
        async with start_platform(home) as platform:
            client = platform.client()
            run = client.submit(single(cmd, outputs={"x": "file"}, cacheable=False))
            await client.reached(run, "it", "running")

            with filled(home):
                go.touch()
                await eventually(lambda: "the disk is full" in platform.log, within=10, story="the result meets it")
                with pytest.raises(ApiError) as refused:
                    client.submit(single("echo more"))
                told = platform.cli("run", "docs/examples/hello.yaml")

            assert refused.value.status == 503
            assert "the disk is full: free some space" in str(refused.value)
            assert told.returncode == 5
            assert "the disk is full: free some space" in told.stderr
            (await client.end_of(run, within=RECOVERS_WITHIN)).succeeded()
            content = client.output(run, "it", "x")
            assert hashlib.sha256(content).hexdigest().encode() in client.log(run, "it")
            assert len(content) == SIZE
            (await client.run(single("echo more"))).succeeded()
            assert len(client.connection.get("/runs")["items"]) == 2, "what was refused is not there by halves"
            assert_whole_objects(platform)
            assert_no_stack_trace(platform.log + told.stderr)


async def test_a_full_disk_of_the_worker_is_the_platforms_fault_and_passes(
    start_platform: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with small_disk(home / "worker", 4):
        async with start_platform(home) as platform:
            client = platform.client()
            with filled(home / "worker"):
                run = client.submit(single("echo $PLYNX_ATTEMPT", cacheable=False))
                node = await client.reached(run, "it", "backoff")

            assert "the worker's disk is full: free some of it, or move PLYNX_HOME" in node["reason"]
            assert node["user_failures"] == 0
            ended = (await client.end_of(run, within=RECOVERS_WITHIN)).succeeded()
            assert client.log(run, "it") == b"2\n"
            assert ended.nodes["it"]["user_failures"] == 0
            assert_no_stack_trace(platform.log)


async def test_a_script_that_fills_the_disk_fails_by_its_own_fault(start_platform: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home / "worker", 4):
        async with start_platform(home) as platform:
            client = platform.client()

            greedy = (await client.run(single("cat /dev/zero > $PLYNX_OUTPUT_x", outputs={"x": "file"}))).failed()

            assert greedy.failures["it"]["kind"] == "exit"
            assert "No space left on device" in greedy.failures["it"]["stderr_tail"]
            assert greedy.nodes["it"]["outputs"] == {}
            (await client.run(single("echo modest > $PLYNX_OUTPUT_x", outputs={"x": "file"}))).succeeded()
            assert_whole_objects(platform)
            assert_no_stack_trace(platform.log)


def test_a_platform_does_not_start_on_a_full_disk_and_says_where(shared_platform: Platform, tmp_path: Path) -> None:
    home = tmp_path / "home"
    fresh = {"PLYNX_HOME": str(home), "PLYNX_API_PORT": "0", "PLYNX_STORAGE_PORT": "0"}
    with small_disk(home, 1), filled(home):
        done = shared_platform.cli("up", **fresh)

        assert done.returncode == 2, done
        assert str(home) in done.stderr
        assert "No space left on device; set PLYNX_HOME to a directory with room" in done.stderr
        assert_no_stack_trace(done.stderr)


def assert_whole_objects(platform: Platform) -> None:
    """Every stored object has the content that its name says."""
    for path in platform.home.glob("objects/*/sha256/*/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
