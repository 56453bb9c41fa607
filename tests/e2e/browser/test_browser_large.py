"""A run of a thousand nodes is painted, whole and live."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

COLUMNS, ROWS = 40, 25
CLICKS = 16
"""To the closest look, however fast they follow each other."""
OPERATION = {"name": "pass", "kind": "command", "cmd": "exit 1", "outputs": [{"name": "out"}]}


def grid() -> dict[str, Any]:
    """Columns that wait for each other: the first one fails, so that the rest is over at once."""
    nodes = [
        {
            "id": f"n{column}-{row}",
            "operation": "pass",
            **({"after": [f"n{column - 1}-{row}"]} if column else {}),
            "position": {"x": column * 320, "y": row * 160},
        }
        for column in range(COLUMNS)
        for row in range(ROWS)
    ]
    return {"title": "A thousand nodes", "operations": {"pass": OPERATION}, "nodes": nodes}


async def test_a_run_of_a_thousand_nodes_is_painted(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(grid(), within=90)).failed()
    await desk.sign_in(f"/runs/{ended.id}")
    page = desk.page
    await expect(page.get_by_text("1,000/1,000")).to_be_visible()
    canvas = page.get_by_role("region", name="Nodes of A thousand nodes")
    await expect(canvas).to_be_visible()
    # From afar one picture, close up the cards, which say what happened to them.
    await expect(page.locator(".react-flow__node")).to_have_count(0)
    await expect(page.get_by_role("complementary", name="About n0-")).to_be_visible()
    for _ in range(CLICKS):
        await page.get_by_role("button", name="Zoom in").click()
    await expect(canvas).to_contain_text("200 %")
    await expect(page.locator(".react-flow__node").get_by_text("Skipped").first).to_be_visible()
    await page.get_by_role("radiogroup", name="How nodes are shown").get_by_text("List").click()
    await expect(page.get_by_role("main").get_by_role("row").get_by_text("Failed").first).to_be_visible()
