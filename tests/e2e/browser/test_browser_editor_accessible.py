"""The editor's dialogs and panels by axe, in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, field, port, pull
from tests.e2e.browser.editing import PAIR, opened, tool

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


@pytest.mark.parametrize("appearance", ["light", "dark"])
async def test_what_the_editor_opens_is_accessible(desk: Desk, appearance: Literal["light", "dark"]) -> None:
    await desk.page.emulate_media(color_scheme=appearance)
    page = await opened(desk, PAIR)
    found: list[str] = []
    for open_it in (run, upgrade, code, find, add, issues, plan, outline, many, menu, pulled, conflict(desk)):
        await open_it(page)
        found += [f"{open_it.__name__}: {violation}" for violation in await violations(page)]
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert found == [], "\n".join(found)


async def run(page: Page) -> None:
    await tool(page, "Run").click()
    await expect(page.get_by_role("status", name="What this run will do")).to_contain_text(":")


async def upgrade(page: Page) -> None:
    await tool(page, "Upgrade").click()
    await expect(page.get_by_text("Every operation is up to date.")).to_be_visible()


async def code(page: Page) -> None:
    await tool(page, "Code").click()
    await expect(page.get_by_role("textbox", name="The graph as YAML")).to_contain_text("default/double@1")


async def find(page: Page) -> None:
    await page.keyboard.press("Control+f")
    await page.get_by_role("combobox", name="Find on the canvas").fill("double")


async def add(page: Page) -> None:
    await page.locator("main").focus()
    await page.keyboard.press("a")
    await expect(page.get_by_role("option").first).to_be_visible()


async def issues(page: Page) -> None:
    """Of a graph that has some."""
    await card(page, "numbers").click()
    await page.keyboard.press("Delete")
    await page.get_by_role("region", name="Issues").get_by_role("button").first.click()
    await expect(page.get_by_role("button", name=re.compile("needs a link"))).to_be_visible()


async def plan(page: Page) -> None:
    await page.keyboard.press("Control+z")
    await tool(page, "Plan").click()
    await expect(page.get_by_role("region", name="Plan", exact=True)).to_be_visible()


async def outline(page: Page) -> None:
    await page.get_by_role("tab", name="Outline").click()
    await expect(page.get_by_role("treeitem").first).to_be_visible()


async def many(page: Page) -> None:
    await page.locator("main").focus()
    await page.keyboard.press("Control+a")
    await expect(page.get_by_role("heading", name="2 nodes selected")).to_be_visible()


async def menu(page: Page) -> None:
    await card(page, "numbers").click(button="right")
    await expect(page.get_by_role("menuitem").first).to_be_visible()


async def pulled(page: Page) -> None:
    """A link that was let go over the empty canvas."""
    await page.mouse.move(0, 0)
    await pull(page, port(page, "numbers", "out", "table"), page.get_by_role("button", name="Zoom in"), let_go=False)
    await page.mouse.move(600, 700, steps=4)
    await page.mouse.up()
    await expect(page.get_by_role("listbox", name="Operations that fit")).to_be_visible()


def conflict(desk: Desk) -> Callable[[Page], Awaitable[None]]:
    async def conflict(page: Page) -> None:
        await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        found = re.search("graph-[^?/]+", page.url)
        assert found is not None
        connection = desk.platform.client().connection
        now = connection.get(f"/graphs/{found.group()}")
        theirs = {**now["graph"], "title": "Theirs"}
        connection.put(f"/graphs/{found.group()}", theirs, **{"If-Match": f'"{now["revision"]}"'})
        await card(page, "numbers").click()
        await field(page, "count").fill("12")
        await page.get_by_role("dialog").get_by_role("button", name="What differs").click()
        await expect(page.get_by_role("region", name="What differs")).to_be_visible()
        desk.forgive("412")

    return conflict
