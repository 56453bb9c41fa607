"""What is on the canvas, and what one does there by mouse."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

START = "Start the run"


def card(page: Page, node: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{node}"]')


def port(page: Page, node: str, side: str, name: str) -> Locator:
    return card(page, node).locator(f'.react-flow__handle[data-handleid="{side}:{name}"]')


def field(page: Page, parameter: str) -> Locator:
    """Of the selected node's properties."""
    return page.get_by_role("complementary", name="Properties").get_by_role("textbox", name=parameter, exact=True)


async def pull(page: Page, start: Locator, end: Locator, *, let_go: bool = True) -> None:
    """A link, by the mouse."""
    await start.hover()
    await page.mouse.down()
    box = await end.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
    if let_go:
        await page.mouse.up()


async def run(page: Page) -> None:
    await page.get_by_role("toolbar", name="Graph").get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("button", name=START).click()
    await expect(page).to_have_url(re.compile("/runs/run-"))


def shows(page: Page, node: str, state: str) -> Locator:
    """The state on the card, in words."""
    return card(page, node).get_by_text(state, exact=True)
