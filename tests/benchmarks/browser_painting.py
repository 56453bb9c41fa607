"""From the navigation until everything of a large graph that fits on the screen is painted."""

from __future__ import annotations

from playwright.async_api import Page

from tests.benchmarks.browser_opening import Chromium

BOXES = ".react-flow__viewport-portal g path"
"""A large graph is first seen from far away: as one picture, a path of many boxes for each look of them."""
COUNT = """selector => [...document.querySelectorAll(selector)]
  .reduce((sum, path) => sum + path.getAttribute("d").split("M").length - 1, 0)"""
WATCH = """([selector, count, countBoxes]) => {
  window.painted = new Promise((resolve) => {
    const look = () => {
      if (countBoxes(selector) < count) requestAnimationFrame(look);
      // The callback runs before its frame is painted, a message behind it.
      else requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    };
    requestAnimationFrame(look);
  });
}"""


async def paint_times(chromium: Chromium, path: str, count: int, *, with_states: bool) -> tuple[float, float]:
    """Seconds with an empty cache, and again. `with_states`: boxes count when they show how their node stands."""
    selector = f"{BOXES}[data-look=state]" if with_states else BOXES
    async with chromium.tab() as page:
        await page.add_init_script(f"({WATCH})([{selector!r}, {count}, {COUNT}])")
        return await _painted(page, chromium.url(path)), await _painted(page, chromium.url(path))


async def all_drawn(page: Page, count: int) -> None:
    await page.wait_for_function(f"([selector, count]) => ({COUNT})(selector) >= count", arg=[BOXES, count])


async def _painted(page: Page, url: str) -> float:
    await page.goto(url, wait_until="commit")
    return float(await page.evaluate("window.painted")) / 1000
