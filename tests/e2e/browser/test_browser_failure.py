"""A failed run explains itself: it opens on the first node that failed, with the end of its log."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.catalogue import BROKEN, NUMBERS
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import shows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.embedded, pytest.mark.separate]

LINK = [{"node": "numbers", "output": "table"}]
GRAPH: dict[str, Any] = {
    "title": "An experiment that fails",
    "operations": {"numbers": NUMBERS, "broken": BROKEN},
    "nodes": [
        {"id": "numbers", "operation": "numbers"},
        {"id": "broken", "operation": "broken", "inputs": {"table": LINK}},
        {"id": "after", "operation": "broken", "inputs": {"table": [{"node": "broken", "output": "table"}]}},
    ],
}


async def test_a_failed_run_opens_where_it_failed_and_is_run_again_from_a_draft(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(GRAPH)).failed()
    await desk.sign_in(f"/runs/{ended.id}")
    page = desk.page
    panel = page.get_by_role("complementary", name="About Fail after some lines")
    await expect(panel).to_contain_text("exited with code 3")
    await expect(panel).to_contain_text("the disk of the laboratory is full")
    await expect(page.get_by_role("log")).to_contain_text("the disk of the laboratory is full")
    await expect(shows(page, "after", "Skipped")).to_be_visible()
    assert await violations(page) == []

    # The other stream, by its name; the address says so, and a reload shows the same.
    await page.get_by_role("radiogroup", name="Stream").get_by_text("stdout").click()
    await expect(page.get_by_role("log")).to_contain_text("line 80")
    await expect(page).to_have_url(re.compile("stream=stdout"))
    await page.reload()
    await expect(page.get_by_role("log")).to_contain_text("line 80")

    # What was run becomes a draft that can be changed.
    await page.get_by_role("button", name="Clone to a graph").click()
    await expect(page).to_have_url(re.compile("/graphs/graph-"))
    await expect(page.locator(".react-flow__node")).to_have_count(3)


async def test_a_run_is_cancelled_from_its_page(desk: Desk) -> None:
    slow = {"name": "slow", "kind": "command", "cmd": "for i in $(seq 600); do echo line $i; sleep 0.1; done"}
    graph = {"operations": {"slow": slow}, "nodes": [{"id": "slow", "operation": "slow"}]}
    run = desk.platform.client().submit(graph)
    await desk.sign_in(f"/runs/{run}?node=slow&tab=logs")
    page = desk.page
    await expect(page.get_by_role("log")).to_contain_text("line 3")
    await page.get_by_role("button", name="Cancel the run").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name=re.compile("Cancel the run"))
    if await confirm.count():
        await confirm.click()
    await expect(shows(page, "slow", "Cancelled")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Run again"))).to_be_visible()
