"""What the browser application weighs, and how soon and how smoothly it shows things, before an embedded platform.

`python -m tests.benchmarks.browser [--only weight painting lines frames] [--repetitions 3] [--history browser]`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from plynx_web.building import NotBuilt, ensure_built
from tests.benchmarks import report
from tests.benchmarks.browser_frames import move_about
from tests.benchmarks.browser_lines import line_latencies
from tests.benchmarks.browser_opening import Chromium, NoChromium, chromium
from tests.benchmarks.browser_painting import paint_times
from tests.benchmarks.browser_report import Measures, as_json, show
from tests.benchmarks.browser_trace import Frame
from tests.benchmarks.browser_weight import HEADERS, bytes_by_kind, code_of
from tests.benchmarks.embedded import embedded
from tests.benchmarks.latencies import percentile
from tests.benchmarks.rest import Platform, connected
from tests.benchmarks.started import Started
from tests.benchmarks.workloads import graph_document, layers

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("weight", "painting", "lines", "frames")
FIRST_PAGE_KB, PAINTED_S, LINE_MS, FRAME_MS = 200, 1.5, 500, 8
"""The budgets of the design."""


@dataclass(frozen=True, slots=True)
class Large:
    """One large graph: as a finished run, and as a draft in the editor."""

    nodes: int
    run: str
    draft: str

    @property
    def screens(self) -> dict[str, str]:
        return {"run": f"/runs/{self.run}", "editor": f"/graphs/{self.draft}"}


async def large(started: Started, platform: Platform, scratch: Path, depth: int) -> Large:
    shape = layers(depth)
    markers = scratch / "markers"
    markers.mkdir()
    document = graph_document(shape, "data", markers, uuid.uuid4().hex)
    run = await platform.submit(json.dumps({"graph": document}).encode())
    end = await platform.end_of(run)
    if end["state"] != "succeeded":
        raise RuntimeError(f"run '{run}' ended as {end['state']}")
    headers = {"Authorization": f"Bearer {started.token}"}
    async with httpx.AsyncClient(base_url=started.url, headers=headers, timeout=60) as http:
        answer = await http.post("/api/v1/graphs", json=document)
        answer.raise_for_status()
    return Large(len(shape.nodes), run, str(answer.json()["id"]))


@dataclass(frozen=True, slots=True)
class Bench:
    chromium: Chromium
    platform: Platform
    large: Large
    scratch: Path
    traces: Path | None
    measures: Measures

    async def weight(self) -> None:
        found = await bytes_by_kind(self.chromium, "/runs", "table")
        self.measures.note("first page: code and styles", "kB", code_of(found) / 1000, FIRST_PAGE_KB)
        self.measures.note("first page: headers of all", "kB", found[HEADERS] / 1000)
        self.measures.note("first page: all", "kB", found.total() / 1000)
        for screen, path in self.large.screens.items():
            found = await bytes_by_kind(self.chromium, path, ".react-flow")
            self.measures.note(f"{screen}, opened first: code and styles", "kB", code_of(found) / 1000)
            self.measures.note(f"{screen}, opened first: answers of the API", "kB", found["Fetch"] / 1000)

    async def painting(self) -> None:
        for screen, path in self.large.screens.items():
            cold, warm = await paint_times(self.chromium, path, self.large.nodes, with_states=screen == "run")
            self.measures.note(f"{screen} of {self.large.nodes}: painted", "s", cold, PAINTED_S)
            self.measures.note(f"{screen} of {self.large.nodes}: painted, code cached", "s", warm, PAINTED_S)

    async def lines(self) -> None:
        found = [1000 * each for each in await line_latencies(self.chromium, self.platform, self.scratch)]
        self.measures.note("log line on the screen: p50", "ms", percentile(found, 0.5))
        self.measures.note("log line on the screen: p95", "ms", percentile(found, 0.95), LINE_MS)

    async def frames(self) -> None:
        for screen, path in self.large.screens.items():
            folder = None if self.traces is None else self.traces / screen
            moved = await move_about(self.chromium, path, self.large.nodes, folder)
            self._note_frames(f"{screen}: panning, all in sight", moved.panning_far)
            self._note_frames(f"{screen}: panning, cards", moved.panning_near)
            self._note_frames(f"{screen}: zooming", moved.zooming)
            self.measures.note(f"{screen}: objects of the tab", "MB", moved.heap / 1e6)
            self.measures.note(f"{screen}: memory of the tab", "MB", moved.memory / 1e6)

    def _note_frames(self, name: str, frames: Sequence[Frame]) -> None:
        counted = [frame.counted for frame in frames]
        self.measures.note(f"{name}, median", "ms/frame", statistics.median(counted), FRAME_MS)
        self.measures.note(f"{name}, p95", "ms/frame", percentile(counted, 0.95))
        self.measures.note(f"{name}, painting", "ms/frame", statistics.median(frame.paint for frame in frames))


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.browser", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts, by default all")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--layers", type=int, default=20, help="of 50 nodes each, in the large graph")
    parser.add_argument("--traces", type=Path, help="folder for the last traces, for Chromium's developer tools")
    parser.add_argument("--history", default="", help="name of the history to append to, such as 'browser'")
    return parser.parse_args(arguments)


async def main(options: argparse.Namespace) -> None:
    ensure_built()
    measured_at, measures = report.circumstances(ROOT), Measures()
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plynx-browser-")))
        started = await stack.enter_async_context(embedded(scratch / "home"))
        platform = await stack.enter_async_context(connected(started.url, started.token))
        opened = await stack.enter_async_context(chromium(started))
        measured_at["chromium"] = opened.version
        graph = await large(started, platform, scratch, options.layers)
        bench = Bench(opened, platform, graph, scratch, options.traces, measures)
        for number in range(1, options.repetitions + 1):
            for part in options.only:
                await getattr(bench, part)()
                sys.stderr.write(f"{number}: {part}\n")
    show(measures.all)
    if options.history:
        line = {**measured_at, "results": as_json(measures.all)}
        print(f"kept in {report.keep(line, options.history)}")


if __name__ == "__main__":
    try:
        asyncio.run(main(parsed(sys.argv[1:])))
    except (NoChromium, NotBuilt) as problem:
        sys.exit(str(problem))
