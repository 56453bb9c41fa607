"""How soon an idle platform starts a node, and how soon a follower has a line that a script has written."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.rest import Platform

RUNS = 60
LINES = 200
PAUSE = 0.02
"""Seconds between two lines."""


async def dispatch(platform: Platform, scratch: Path, runs: int = RUNS) -> list[float]:
    """Seconds from a stored run to the first line of its script, one run at a time on an otherwise idle platform."""
    found: list[float] = []
    for number in range(runs):
        moment = scratch / f"dispatch-{number}"
        run = await platform.submit(_one(f'echo "$EPOCHREALTIME" > {moment}'))
        await platform.end_of(run)
        found.append(float(moment.read_text(encoding="ascii")) - await platform.created_at(run))
    return found


async def log_lines(platform: Platform, lines: int = LINES) -> list[float]:
    """Seconds from a line's writing to its arrival at a client that follows the log."""
    script = f'for i in {{1..{lines}}}; do echo "$EPOCHREALTIME"; read -rt {PAUSE} <> <(:) || true; done'
    run = await platform.submit(_one(script))
    found: list[float] = []
    rest = b""
    async for piece in platform.log_pieces(run, "n0"):
        now = time.time()
        *whole, rest = (rest + piece).split(b"\n")
        found += [now - float(line) for line in whole]
    await platform.end_of(run)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def in_words(name: str, values: Sequence[float]) -> str:
    p50, p95 = (1000 * percentile(values, share) for share in (0.5, 0.95))
    return f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {1000 * max(values):.1f} ms ({len(values)} measured)"


def _one(script: str) -> bytes:
    operation: dict[str, Any] = {"name": "one", "kind": "command", "cmd": script, "cacheable": False}
    graph = {"nodes": [{"id": "n0", "operation": "one"}], "operations": {"one": operation}}
    return json.dumps({"graph": graph}).encode()
