"""A large graph under the mouse: what the main thread does for each frame while one pans and zooms."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

from tests.benchmarks.browser_opening import Chromium, told
from tests.benchmarks.browser_painting import all_drawn
from tests.benchmarks.browser_trace import CATEGORIES, Frame, frames_of

STEPS = 120
"""Of the mouse, one a frame."""
NOTCH = 30.0
"""Pixels of the wheel."""
NEAR = 50
"""Percent: names can be read, and the screen is full of cards."""
PAGE = 4096


@dataclass(frozen=True, slots=True)
class Moved:
    panning_far: list[Frame]
    """All of the graph in sight."""
    panning_near: list[Frame]
    zooming: list[Frame]
    """From the whole graph to single cards and back."""
    heap: int
    """Bytes of JavaScript's objects, after all this and a collection of garbage."""
    memory: int
    """Bytes that the tab's process holds."""


async def move_about(chromium: Chromium, path: str, count: int, trace: Path | None = None) -> Moved:
    """`trace`: a folder for the traces, which Chromium's developer tools open."""
    async with chromium.tab() as page:
        await page.goto(chromium.url(path))
        await all_drawn(page, count)
        watch = _Watch(chromium, page, trace)
        far = await watch.frames("panning-far", _pan)
        zooming = await watch.frames("zooming", _zoom)
        await _come_near(page)
        near = await watch.frames("panning-near", _pan)
        return Moved(far, near, zooming, await _heap(page), await _memory(chromium))


@dataclass(frozen=True, slots=True)
class _Watch:
    chromium: Chromium
    page: Page
    folder: Path | None

    async def frames(self, name: str, act: Callable[[Page], Awaitable[None]]) -> list[Frame]:
        await self.chromium.browser.start_tracing(page=self.page, categories=list(CATEGORIES))
        await act(self.page)
        trace = await self.chromium.browser.stop_tracing()
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{name}.json").write_bytes(trace)
        return frames_of(json.loads(trace)["traceEvents"])


async def _middle(page: Page) -> tuple[float, float]:
    box = await page.locator(".react-flow__pane").bounding_box()
    if box is None:
        raise RuntimeError("the canvas is not on the screen")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def _pan(page: Page) -> None:
    """There and back, by a grip on the empty canvas."""
    grip = await page.evaluate(EMPTY)
    await page.mouse.move(*grip)
    await page.mouse.down()
    x, y = grip
    for step in range(1, STEPS + 1):
        way = min(step, STEPS - step) * 4
        await page.mouse.move(x - way, y - way / 3)
    await page.mouse.up()


EMPTY = """() => {
  const { left, top, right, bottom } = document.querySelector(".react-flow__pane").getBoundingClientRect();
  for (let y = (top + bottom) / 2; y < bottom; y += 3)
    for (let x = (left + right) / 2; x < right; x += 3)
      if (document.elementFromPoint(x, y)?.classList.contains("react-flow__pane")) return [x, y];
  throw new Error("there is no empty place on the canvas");
}"""


async def _zoom(page: Page) -> None:
    await page.mouse.move(*await _middle(page))
    for direction in (-1, 1):
        for _ in range(STEPS // 2):
            await page.mouse.wheel(0, direction * NOTCH)


async def _come_near(page: Page) -> None:
    """By the wheel over the middle of the graph, until the canvas says that it is near."""
    await page.mouse.move(*await _middle(page))
    for _ in range(STEPS):
        percent = await page.evaluate(
            "() => 100 * new DOMMatrix(getComputedStyle(document.querySelector('.react-flow__viewport')).transform).a"
        )
        if percent >= NEAR:
            break
        await page.mouse.wheel(0, -NOTCH)
    await page.wait_for_selector(".react-flow__node")


async def _heap(page: Page) -> int:
    session = await page.context.new_cdp_session(page)
    await told(session, "HeapProfiler.collectGarbage")
    return int((await told(session, "Runtime.getHeapUsage"))["usedSize"])


async def _memory(chromium: Chromium) -> int:
    """Of the largest renderer: there may be a spare one."""
    session = await chromium.browser.new_browser_cdp_session()
    processes = (await told(session, "SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    pids = [int(each["id"]) for each in processes if each["type"] == "renderer"]
    return max(int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE for pid in pids)
