"""Pools: what waits for a worker that nobody has started, and how one adds it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

GRAPH: dict[str, Any] = {
    "operations": {"lonely": {"name": "lonely", "kind": "command", "pool": "nobodys", "cmd": "echo done"}},
    "nodes": [{"id": "lonely", "operation": "lonely"}],
}


async def test_a_pool_without_workers_says_who_waits_and_gives_the_command_for_one(desk: Desk) -> None:
    client = desk.platform.client()
    run = client.submit(GRAPH)
    await client.reached(run, "lonely", "ready")
    await desk.sign_in("/pools")
    page = desk.page
    pool = page.get_by_role("region", name="default/nobodys")
    await expect(pool.get_by_role("alert")).to_contain_text("no worker serves this pool")
    waiting = pool.get_by_role("region", name="Waiting nodes")
    await expect(waiting.get_by_role("link", name="lonely")).to_be_visible()
    assert await violations(page) == []

    await pool.get_by_role("button", name="Add a worker to default/nobodys").click()
    dialog = page.get_by_role("dialog", name="Add a worker")
    await expect(dialog.get_by_role("textbox", name="Pools")).to_have_value(re.compile("nobodys"))
    await dialog.get_by_role("textbox", name="Name of the worker").fill("kitchen")
    await dialog.get_by_role("button", name="Make the token").click()
    await expect(dialog).to_contain_text("This token is shown once")
    await expect(dialog.locator("pre")).to_contain_text("kitchen")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Close").first.click()
    await expect(dialog).to_have_count(0)

    await waiting.get_by_role("link", name="lonely").click()
    await expect(page).to_have_url(re.compile(f"/runs/{run}"))
    client.connection.post(f"/runs/{run}/cancel")
    assert (await client.end_of(run)).run["state"] == "cancelled"
