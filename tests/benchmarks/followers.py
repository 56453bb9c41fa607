"""Load on the front door, on demand: many followers of one log while runs are submitted, then as fast as it goes.

`python -m tests.benchmarks.followers [--on servers] [--followers 500] [--seconds 60]`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from plynx_common.testing.eventually import eventually
from tests.benchmarks.embedded import embedded
from tests.benchmarks.latencies import in_words, percentile
from tests.benchmarks.rest import Platform, connected
from tests.benchmarks.started import Started

PAGE = 4096
LINE_PAUSE = 0.1
"""Seconds between two lines of the log."""
SUBMITTERS = 8
SATURATED_SECONDS = 15
HANDSHAKES = 25
"""Followers that connect at the same time."""


def one_node(script: str) -> bytes:
    operation: dict[str, Any] = {"name": "one", "kind": "command", "cmd": script, "cacheable": False}
    graph = {"nodes": [{"id": "n0", "operation": "one"}], "operations": {"one": operation}}
    return json.dumps({"graph": graph}).encode()


def talking(seconds: float) -> bytes:
    count = int(seconds / LINE_PAUSE)
    return one_node(f'for i in {{1..{count}}}; do echo "$EPOCHREALTIME"; read -rt {LINE_PAUSE} <> <(:) || true; done')


@dataclass
class Crowd:
    """All follow the same log; each line counts once for each."""

    platform: Started
    run: str
    latencies: list[float] = field(default_factory=list[float])
    connected: int = 0
    totals: list[int] = field(default_factory=list[int])
    """Bytes that each had at its end."""

    async def follow(self, turn: asyncio.Semaphore) -> None:
        address = f"{self.platform.url.replace('http', 'ws', 1)}/ws/logs?run={self.run}&node=n0"
        headers = {"Authorization": f"Bearer {self.platform.token}"}
        async with turn:
            socket = await connect(address, additional_headers=headers, compression=None, open_timeout=60)
        async with socket:
            self.connected += 1
            began, total = time.time(), 0
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "data":
                    total += len(frame["data"])
                    self._note(frame["data"], began)
        self.totals.append(total)

    def _note(self, text: str, began: float) -> None:
        now = time.time()
        # What was written before it came is history, and says nothing about how soon a line is seen.
        self.latencies += [now - float(line) for line in text.split() if float(line) > began + 1]


async def submit_steadily(platform: Platform, per_minute: float, seconds: float) -> list[float]:
    """Seconds that each submission took to be answered."""
    found: list[float] = []
    began = time.monotonic()
    for number in range(int(per_minute * seconds / 60)):
        await asyncio.sleep(max(0.0, began + number * 60 / per_minute - time.monotonic()))
        asked = time.monotonic()
        await platform.submit(one_node("true"))
        found.append(time.monotonic() - asked)
    return found


async def saturate(platform: Platform, seconds: float) -> tuple[float, list[float]]:
    """Submissions per second, and what each took, with as many at once as there are submitters."""
    found: list[float] = []
    end = time.monotonic() + seconds

    async def submitter() -> None:
        while (asked := time.monotonic()) < end:
            await platform.submit(one_node("true"))
            found.append(time.monotonic() - asked)

    await asyncio.gather(*(submitter() for _ in range(SUBMITTERS)))
    return len(found) / seconds, found


def memory(pids: Sequence[int]) -> dict[str, float]:
    """MiB that each process holds."""
    return {_name(pid): int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20 for pid in pids}


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().split()
    return next((word for word in words if word.startswith("plynx_")), "plynx")


async def measure(started: Started, count: int, seconds: float, per_minute: float) -> None:
    say = sys.stdout.write
    async with connected(started.url, started.token) as platform:
        say(f"memory before, MiB: {_rounded(memory(started.pids))}\n")
        crowd = Crowd(started, await platform.submit(talking(seconds + 30)))
        turn = asyncio.Semaphore(HANDSHAKES)
        async with asyncio.TaskGroup() as group:
            began = time.monotonic()
            for _ in range(count):
                group.create_task(crowd.follow(turn))
            await eventually(lambda: crowd.connected == count, within=120, story="all are connected")
            say(f"{count} followers connected in {time.monotonic() - began:.1f} s\n")
            crowd.latencies.clear()
            answers = await submit_steadily(platform, per_minute, seconds)
            say(f"memory with followers, MiB: {_rounded(memory(started.pids))}\n")
            say(
                in_words(f"line latency, {count} followers, {per_minute:g} submissions a minute", crowd.latencies)
                + "\n"
            )
            say(in_words("submission answered meanwhile", answers) + "\n")
        assert len(set(crowd.totals)) == 1, "all have the same bytes"
        rate, taken = await saturate(platform, SATURATED_SECONDS)
        late = 1000 * percentile(taken, 0.95)
        say(f"saturation: {rate:.0f} submissions a second by {SUBMITTERS}, p95 {late:.0f} ms\n")
        say(f"memory after, MiB: {_rounded(memory(started.pids))}\n")


def _rounded(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.0f}" for name, value in values.items())


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="plynx-followers-") as directory:
        home = Path(directory) / "home"
        if options.on == "embedded":
            platform = embedded(home)
        else:
            from tests.benchmarks.separate import separate  # noqa: PLC0415 (the drivers of all servers)

            platform = separate(home)
        async with platform as started:
            try:
                await measure(started, options.followers, options.seconds, options.per_minute)
            except (httpx.TransportError, RuntimeError) as error:
                sys.exit(f"given up: {error}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.followers", description=__doc__)
    parser.add_argument("--on", choices=("embedded", "servers"), default="embedded")
    parser.add_argument("--followers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--per-minute", type=float, default=200.0)
    asyncio.run(main(parser.parse_args()))
