"""Without a mouse: from the sign-in to a finished run, and back by undo."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser.catalogue import DOUBLE, NUMBERS, approve
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import START, card, shows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


FOCUSED = """() => {
  const at = document.activeElement;
  const name = at.getAttribute("aria-label") ?? at.innerText ?? "";
  return [at.getAttribute("role") ?? at.tagName.toLowerCase(), name];
}"""


async def tab_to(page: Page, name: str, role: str = "button", most: int = 60) -> None:
    """By Tab alone, as somebody without a mouse comes there."""
    for _ in range(most):
        found = await page.evaluate(FOCUSED)
        if found[0] == role and name in found[1]:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to the {role} '{name}'")


async def test_a_graph_is_drawn_run_and_taken_back_by_keyboard_alone(desk: Desk) -> None:
    approve(desk.platform.client(), NUMBERS, DOUBLE)
    await desk.sign_in("/graphs")
    page, keys = desk.page, desk.page.keyboard
    await tab_to(page, "New graph")
    await keys.press("Enter")
    await expect(page.get_by_role("complementary", name="Library")).to_be_visible()
    await add(page, "Make num")
    await add(page, "Double the")
    await expect(page.locator(".react-flow__node")).to_have_count(2)
    await link_in_the_outline(page)
    await move_and_take_back(page)

    await keys.press("Control+Enter")
    await expect(page.get_by_role("button", name=START)).to_be_visible()
    await tab_to(page, START)
    await keys.press("Enter")
    await expect(page).to_have_url(re.compile("/runs/run-"))
    await expect(shows(page, "double", "Succeeded").or_(shows(page, "double", "Restored"))).to_be_visible()


async def add(page: Page, words: str) -> None:
    """`a`: an operation by its name."""
    await page.locator("main").focus()
    await page.keyboard.press("a")
    await expect(page.get_by_role("combobox", name="Add an operation")).to_be_focused()
    await page.keyboard.type(words)
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")


async def link_in_the_outline(page: Page) -> None:
    """`o` opens it, `l` links."""
    await page.locator("main").focus()
    await page.keyboard.press("o")
    doubled = page.get_by_role("treeitem", name="Double the numbers")
    await expect(doubled).to_be_visible()
    await tab_to(page, "numbers", "treeitem")
    await page.keyboard.press("End")
    if not await doubled.evaluate("item => item === document.activeElement"):
        await page.keyboard.press("Home")
    await expect(doubled).to_be_focused()
    await page.keyboard.press("l")
    source = page.get_by_role("menuitem", name=re.compile("Make numbers"))
    await expect(source).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(source).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".react-flow__edge")).to_have_count(1)


async def move_and_take_back(page: Page) -> None:
    """Alt and an arrow."""
    await page.locator("main").focus()
    await tab_to(page, "Double the numbers", "treeitem")
    place = card(page, "double")
    before = str(await place.get_attribute("style"))
    await page.keyboard.press("Alt+ArrowDown")
    await expect(place).not_to_have_attribute("style", before)
    await page.keyboard.press("Control+z")
    await expect(place).to_have_attribute("style", before)
    await page.keyboard.press("Control+Shift+z")
    await expect(place).not_to_have_attribute("style", before)
    await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
