"""The list of runs, live; runs that are repeated, in whole and in part; and where a restored result came from."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.catalogue import BROKEN, DOUBLE, NUMBERS
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, shows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def experiment(title: str) -> dict[str, Any]:
    """Nothing of it was ever run before."""
    numbers, double = ({**operation, "cmd": f"{operation['cmd']} # {uuid4()}"} for operation in (NUMBERS, DOUBLE))
    return {
        "title": title,
        "operations": {"numbers": numbers, "double": double},
        "nodes": [
            {"id": "numbers", "operation": "numbers"},
            {
                "id": "double",
                "operation": "double",
                "inputs": {"table": [{"node": "numbers", "output": "table"}]},
            },
        ],
    }


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("table", name="Runs").get_by_role("row").filter(has_text=title)


async def test_a_list_is_live_and_its_filters_are_in_the_address(desk: Desk) -> None:
    client = desk.platform.client()
    await desk.sign_in("/runs")
    page = desk.page
    client.submit(experiment("One that succeeds"))
    await expect(row(page, "One that succeeds")).to_contain_text("Succeeded")
    broken: dict[str, Any] = {**BROKEN, "inputs": []}
    nodes = [{"id": "b", "operation": "broken"}]
    client.submit({"title": "One that fails", "operations": {"broken": broken}, "nodes": nodes})
    await expect(row(page, "One that fails")).to_contain_text("Failed")

    await page.get_by_role("group", name="Only runs in these states").get_by_text("Failed").click()
    await expect(page).to_have_url(re.compile("state="))
    await expect(row(page, "One that succeeds")).to_have_count(0)
    await page.reload()
    await expect(row(page, "One that fails").first).to_be_visible()
    await expect(row(page, "One that succeeds")).to_have_count(0)

    # `j` and Enter open it; Back comes to the same list.
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/runs/run-"))
    await page.go_back()
    await expect(page).to_have_url(re.compile("state="))
    await page.keyboard.press("/")
    await page.keyboard.type("nothing like this")
    await expect(page.get_by_text("No run fits this filter")).to_be_visible()


async def test_a_run_is_repeated_with_the_cache_and_a_restored_node_leads_to_its_origin(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(experiment("To be repeated"))).succeeded()
    await desk.sign_in(f"/runs/{ended.id}")
    page = desk.page
    await again(page, "All of it, with the cache")
    await expect(page).not_to_have_url(re.compile(ended.id))
    await expect(shows(page, "numbers", "Restored")).to_be_visible()
    await expect(shows(page, "double", "Restored")).to_be_visible()
    await card(page, "double").click()
    # By key: the panel that has just opened moves the card away from under a pointer.
    await card(page, "double").get_by_role("link", name="Origin").press("Enter")
    await expect(page).to_have_url(re.compile(f"{ended.id}.*node=double"))
    await expect(page.get_by_role("complementary", name="About Double the numbers")).to_contain_text("was executed")


async def test_a_run_is_repeated_anew_and_from_one_node_on(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(experiment("To be repeated in part"))).succeeded()
    await desk.sign_in(f"/runs/{ended.id}")
    page = desk.page
    await again(page, "All of it, ignoring the cache")
    await expect(page).not_to_have_url(re.compile(ended.id))
    await expect(shows(page, "numbers", "Succeeded")).to_be_visible()
    await expect(shows(page, "double", "Succeeded")).to_be_visible()

    await desk.open(f"/runs/{ended.id}?node=double")
    await page.get_by_role("button", name="Run from here").click()
    await expect(page).not_to_have_url(re.compile(ended.id))
    await expect(shows(page, "double", "Succeeded")).to_be_visible()
    await expect(shows(page, "numbers", "Restored")).to_be_visible()


async def test_a_page_left_open_while_the_connection_breaks_catches_up(desk: Desk) -> None:
    slow = {"name": "slow", "kind": "command", "cmd": "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done"}
    graph = {"operations": {"slow": slow}, "nodes": [{"id": "slow", "operation": "slow", "cacheable": False}]}
    run = desk.platform.client().submit(graph)
    await desk.sign_in(f"/runs/{run}?node=slow&tab=logs")
    page = desk.page
    await expect(page.get_by_role("log")).to_contain_text("line 1")
    await page.context.set_offline(True)
    await desk.platform.client().end_of(run)
    await page.context.set_offline(False)
    await expect(shows(page, "slow", "Succeeded")).to_be_visible()
    for line in range(1, 7):
        await expect(page.get_by_role("log").get_by_text(f"line {line}", exact=True)).to_have_count(1)
    desk.forgive("ERR_INTERNET_DISCONNECTED")
    desk.forgive("WebSocket connection")


async def again(page: Page, how: str) -> None:
    await page.get_by_role("button", name="Run again").last.click()
    choice = page.get_by_role("menuitem", name=how)
    await choice.click()
