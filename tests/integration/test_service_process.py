"""A real process: it starts whole or not at all, drains at SIGTERM, leaves at the second signal, speaks in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import asyncio, sys
from contextlib import asynccontextmanager
from plynx_common.domain.errors import StoreUnavailable
from plynx_common.runtime.points import point
from plynx_common.runtime.service import run, run_services
from plynx_common.runtime.settings import PlatformSettings

behaviour = sys.argv[1]

@asynccontextmanager
async def first(backends):
    print("first started", flush=True)
    try:
        yield
    finally:
        print("first drained", flush=True)

async def background():
    await point("test.background")
    if behaviour == "crash":
        await asyncio.sleep(0.01)
        raise ValueError("a bug")
    if behaviour == "store":
        await asyncio.sleep(0.01)
        raise StoreUnavailable("the store 'x' does not answer")
    await asyncio.Event().wait()

@asynccontextmanager
async def second(backends):
    async with asyncio.TaskGroup() as group:
        task = group.create_task(background())
        print("second started", flush=True)
        yield
        if behaviour == "slow":
            print("draining", flush=True)
            await asyncio.Event().wait()
        task.cancel()
        print("second drained", flush=True)

async def main(settings):
    await run_services(settings, first, second, on_ready=lambda _: print("ready", flush=True))

sys.exit(run("test", PlatformSettings.load, main))
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(behaviour: str, **variables: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PLYNX_HOME": str(tmp_path / "home"),
            "PLYNX_DOCUMENTS_URL": "memory://",
            **variables,
        }
        arguments: list[Any] = [sys.executable, "-c", SCRIPT, behaviour]
        process = subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], line: str) -> list[str]:
    assert process.stdout is not None
    seen: list[str] = []
    for text in process.stdout:
        seen.append(text.rstrip("\n"))
        if seen[-1] == line:
            return seen
    raise AssertionError(f"no '{line}' but {seen}: {process.communicate()[1]}")


def test_services_start_in_order_and_are_left_in_reverse_order_at_sigterm(start: Start) -> None:
    process = start("well")
    assert read_until(process, "ready") == ["first started", "second started", "ready"]
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=10)
    assert out.splitlines() == ["second drained", "first drained"]
    assert process.returncode == 0
    assert '"event":"services_started"' in errors.replace(": ", ":")


def test_the_second_signal_leaves_now(start: Start) -> None:
    process = start("slow")
    read_until(process, "ready")
    process.send_signal(signal.SIGINT)
    read_until(process, "draining")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGINT


def test_a_crash_in_the_background_ends_the_process_with_its_trace_in_the_log(start: Start) -> None:
    process = start("crash")
    out, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "first drained" in out
    assert "service_crashed" in errors
    assert "a bug" in errors


def test_what_is_wrong_outside_is_said_without_a_trace(start: Start) -> None:
    process = start("store")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 5
    assert "plynx test: the store 'x' does not answer" in errors
    assert "Traceback" not in errors


def test_a_second_process_in_the_same_home_names_the_first(start: Start) -> None:
    process = start("well")
    read_until(process, "ready")
    second = start("well")
    _, errors = second.communicate(timeout=10)
    assert second.returncode == 2
    assert f"another PLynx (pid {process.pid})" in errors
    assert "Traceback" not in errors


def test_a_misspelt_setting_stops_the_start(start: Start) -> None:
    process = start("well", PLYNX_BUS_ULR="memory://")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "'PLYNX_BUS_URL'" in errors
    assert "Traceback" not in errors


def test_fail_points_from_the_environment_are_armed(start: Start) -> None:
    process = start("well", PLYNX_FAIL_POINTS="test.background=kill")
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small tmpfs needs root: {mounted.stderr.decode().strip()}")
    (disk / "home").mkdir()
    with pytest.raises(OSError, match="No space left"):
        (disk / "fill").write_bytes(b"x" * 100_000)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_said_in_words(start: Start, full_disk: Path) -> None:
    process = start("well", PLYNX_HOME=str(full_disk / "home"))
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "No space left on device; set PLYNX_HOME to a directory with room" in errors
    assert "Traceback" not in errors
