"""What axe finds: WCAG 2.2, levels A and AA."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.async_api import Page

from plynx_web.building import SOURCES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

STILL = """() => Promise.allSettled(
    document.getAnimations()
        .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished))"""
"""What fades in has its colours afterwards."""


async def violations(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """One line each, with the element; `without`: selectors of what is not ours, such as a report in a frame."""
    await page.evaluate(STILL)
    await page.evaluate(_source())
    context: dict[str, Any] = {"include": [["html"]], "exclude": [[selector] for selector in without]}
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": RULES}, "iframes": False}
    found = await page.evaluate("([context, options]) => axe.run(context, options)", [context, options])
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:160]} "
        f"{' '.join(str(node.get('failureSummary', '')).split())[:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@cache
def _source() -> str:
    return (SOURCES / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
