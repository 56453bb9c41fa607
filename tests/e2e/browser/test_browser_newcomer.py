"""The story of a newcomer: draw an experiment, run it, read it, change it, and run it again."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser.catalogue import DOUBLE, NUMBERS, PLOT, approve
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, field, port, pull, run, shows

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.embedded,
    pytest.mark.separate,
]


async def test_a_newcomer_draws_runs_reads_changes_and_runs_again(desk: Desk) -> None:
    approve(desk.platform.client(), NUMBERS, DOUBLE, PLOT)
    await desk.sign_in("/graphs")
    page = desk.page
    await draw(page)
    await be_refused(page)
    await set_parameters(page)
    drawing = page.url
    await run(page)
    await watch(page)
    await look_at_the_plot(page)

    # A parameter changes what follows from it, and nothing else.
    await page.goto(drawing)
    await card(page, "double").click()
    await field(page, "pause").fill("0.05")
    await page.keyboard.press("Enter")
    await run(page)
    await expect(shows(page, "double", "Succeeded")).to_be_visible()
    await expect(shows(page, "numbers", "Restored")).to_be_visible()
    await expect(shows(page, "plot", "Restored")).to_be_visible()

    # A reload keeps everything: of the run, and of the drawing.
    await page.reload()
    await expect(shows(page, "numbers", "Restored")).to_be_visible()
    await page.goto(drawing)
    await expect(page.locator(".react-flow__edge")).to_have_count(2)
    await card(page, "double").click()
    await expect(field(page, "pause")).to_have_value("0.05")


async def draw(page: Page) -> None:
    """A new graph of three operations from the library, and two links."""
    await page.get_by_role("button", name="New graph").first.click()
    library = page.get_by_role("complementary", name="Library")
    for title, x in (("Make numbers", 120), ("Double the numbers", 430), ("Draw a plot", 700)):
        entry = library.get_by_role("button", name=title)
        await entry.drag_to(page.locator(".react-flow"), target_position={"x": x, "y": 260})
    for node in ("numbers", "double", "plot"):
        await expect(card(page, node)).to_be_visible()
    await pull(page, port(page, "numbers", "out", "table"), port(page, "double", "in", "table"))
    await pull(page, port(page, "double", "out", "table"), port(page, "plot", "in", "table"))
    await expect(page.locator(".react-flow__edge")).to_have_count(2)


async def be_refused(page: Page) -> None:
    """A link whose types do not fit is greyed, says why, and is not made."""
    refused = port(page, "plot", "in", "style")
    await pull(page, port(page, "double", "out", "table"), refused, let_go=False)
    await expect(refused).to_have_attribute("data-verdict", "refused")
    await expect(page.get_by_role("status").filter(has_text="json")).to_be_visible()
    await page.mouse.up()
    await expect(page.locator(".react-flow__edge")).to_have_count(2)


async def set_parameters(page: Page) -> None:
    """And takes one back, and does it again."""
    await card(page, "numbers").click()
    await field(page, "count").fill("8")
    await page.keyboard.press("Enter")
    await card(page, "double").click()
    await field(page, "pause").fill("0.1")
    await page.keyboard.press("Enter")
    await is_saved(page)
    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(field(page, "pause")).not_to_have_value("0.1")
    await page.get_by_role("button", name=re.compile("^Redo")).click()
    await expect(field(page, "pause")).to_have_value("0.1")
    await is_saved(page)


async def is_saved(page: Page) -> None:
    await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


async def watch(page: Page) -> None:
    """The log is read while it is written; then all is green."""
    await expect(shows(page, "double", "Running")).to_be_visible()
    await card(page, "double").click()
    log = page.get_by_role("log")
    await expect(log).to_contain_text("doubling, step 1")
    await expect(shows(page, "double", "Running")).to_be_visible()
    for node in ("numbers", "double", "plot"):
        await expect(shows(page, node, "Succeeded")).to_be_visible()
    await expect(log).to_contain_text("doubling, step 20")


async def look_at_the_plot(page: Page) -> None:
    await card(page, "plot").click()
    await page.get_by_role("tab", name=re.compile("^Outputs")).click()
    await expect(page.get_by_role("tabpanel").locator("img, iframe").first).to_be_visible()
