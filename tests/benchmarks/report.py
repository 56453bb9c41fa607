"""The results as a table for people and as lines of history."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.measuring import Result

HISTORY = Path(__file__).with_name("history")
TARGETS: dict[tuple[str, str], tuple[float, float | None]] = {
    ("W0", "order"): (0.05, 0.03),
    ("W1", "order"): (0.5, 0.25),
    ("W2", "order"): (2.0, 1.2),
    ("W3", "order"): (5.0, 2.3),
    ("W5", "order"): (0.8, 0.4),
    ("W0", "data"): (0.06, None),
    ("W1", "data"): (0.8, None),
    ("W2", "data"): (3.0, None),
    ("W3", "data"): (8.0, None),
    ("W5", "data"): (1.0, None),
}
"""Seconds to reach now, and the project's goal: shown beside what was measured, never asserted."""

PIPE_WIDTH = 120
"""Columns of the table where there is no terminal that says."""

Row = tuple[str, ...]


def show(results: Sequence[Result], console: Console | None = None) -> None:
    console = console or Console()
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    times = _table("Time, medians", "seconds", "of all", "reach", "goal", "make -j2", "/ make", "nodes/s", "ms/node")
    costs = _table("Cost, medians", "CPU ms/node", "peak MB", "HTTP/node", "messages/node", "store/node", "others' CPU")
    for result in results:
        start = (result.workload, result.links, str(result.nodes))
        times.add_row(*start, *_times(result))
        costs.add_row(*start, *_costs(result))
    console.print(times, costs)


def _table(title: str, *measures: str) -> Table:
    table = Table("workload", "links", title=title)
    for column in ("nodes", *measures):
        table.add_column(column, justify="right")
    return table


def _times(result: Result) -> Row:
    seconds = [sample.seconds for sample in result.samples]
    reach, goal = TARGETS.get((result.workload, result.links), (None, None))
    return (
        f"{result.seconds:.3f}",
        f"{min(seconds):.2f}-{max(seconds):.2f}",
        _target(result.seconds, reach),
        _target(result.seconds, goal),
        f"{result.make_seconds:.3f}",
        f"{result.seconds / result.make_seconds:.1f}",
        f"{result.nodes / result.seconds:.0f}",
        f"{1000 * result.seconds / result.nodes:.2f}",
    )


def _costs(result: Result) -> Row:
    cpu = result.median(lambda sample: sample.cpu_seconds)
    peak = result.median(lambda sample: sample.peak_memory)
    others = result.median(lambda sample: sample.others)
    return (
        "-" if cpu is None else f"{1000 * cpu / result.nodes:.2f}",
        "-" if peak is None else f"{peak / 1e6:.0f}",
        *(f"{(result.median(lambda s, n=name: getattr(s.counters, n)) or 0) / result.nodes:.2f}" for name in _COUNTERS),
        "-" if others is None else f"{others:.0%}",
    )


_COUNTERS = ("http", "messages", "round_trips")


def _target(seconds: float, target: float | None) -> str:
    if target is None:
        return ""
    return f"[{'green' if seconds <= target else 'red'}]{target:g}[/]"


def growth(results: Sequence[Result], few: str = "W6/400", many: str = "W6/6400") -> str:
    """Cost per node of the large graph against the small one; empty where they were not both measured."""
    lines: list[str] = []
    for links in ("order", "data"):
        found = {r.workload: r.seconds / r.nodes for r in results if r.links == links}
        if few in found and many in found:
            times = found[many] / found[few]
            lines.append(f"growth from 400 to 6400 nodes ({links}): {times:.2f} times the cost per node (at most 1.3)")
    return "\n".join(lines)


def circumstances(root: Path) -> dict[str, Any]:
    """What is measured, when and where: taken before, because others may commit in between."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git(root, "rev-parse", "--short", "HEAD"),
        "changed": bool(_git(root, "status", "--porcelain", "--untracked-files=no")),
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        },
    }


def history_line(
    results: Sequence[Result], idle: dict[str, float] | None, circumstances: dict[str, Any]
) -> dict[str, Any]:
    return {**circumstances, "idle": idle, "results": [_as_json(result) for result in results]}


def keep(line: dict[str, Any], name: str) -> Path:
    """Appends to the history of this name (`embedded`, …), which is part of the repository."""
    HISTORY.mkdir(exist_ok=True)
    path = HISTORY / f"{name}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
    return path


def _as_json(result: Result) -> dict[str, Any]:
    cpu = result.median(lambda sample: sample.cpu_seconds)
    return {
        "workload": result.workload,
        "links": result.links,
        "nodes": result.nodes,
        "seconds": [round(sample.seconds, 4) for sample in result.samples],
        "make_seconds": [round(sample.make_seconds, 4) for sample in result.samples],
        "cpu_seconds": None if cpu is None else round(cpu, 3),
        "peak_memory": result.median(lambda sample: sample.peak_memory),
        "others": result.median(lambda sample: sample.others),
        **{name: result.median(lambda s, n=name: getattr(s.counters, n)) for name in _COUNTERS},
    }


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
