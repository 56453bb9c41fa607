"""Parameters of a graph: nodes are bound to them, and each run may say another value."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import START, card, field
from tests.e2e.browser.editing import PAIR, links, opened, tool, undo_all

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_a_parameter_is_bound_to_the_graph_and_runs_say_its_value(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    drawing = page.url
    await bind_count(page)
    dialog = await launch(page)
    value = dialog.get_by_role("textbox", name="count", exact=True)
    await expect(value).to_have_value("5")
    await expect(dialog.get_by_role("button", name="Same as last run")).to_have_count(0)
    await value.fill("9")
    await expect(dialog.get_by_role("status", name="What this run will do")).to_contain_text("Will run")
    run = await start(page, dialog)
    assert desk.platform.client().connection.get(f"/runs/{run}")["parameters"] == {"count": 9}
    ended = (await desk.platform.client().end_of(run)).succeeded()
    assert desk.platform.client().output(ended.id, "numbers", "table").split()[-1] == b"9"

    await page.goto(drawing)
    dialog = await launch(page)
    value = dialog.get_by_role("textbox", name="count", exact=True)
    await expect(value).to_have_value("5")
    await dialog.get_by_role("button", name="Same as last run").click()
    await expect(value).to_have_value("9")
    await expect(dialog.get_by_role("status", name="What this run will do")).to_contain_text("Restored: 2")
    await dialog.get_by_role("button", name="Defaults").click()
    await expect(value).to_have_value("5")
    await dialog.get_by_role("button", name="Same as last run").click()
    again = await start(page, dialog)
    assert again != run
    assert desk.platform.client().connection.get(f"/runs/{again}")["parameters"] == {"count": 9}


async def test_binding_is_taken_back_to_the_start(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await bind_count(page)
    properties = page.get_by_role("complementary", name="Properties")
    await properties.get_by_role("button", name="Type a value instead").click()
    await expect(field(page, "count")).to_have_value("5")
    await field(page, "count").fill("6")
    await properties.get_by_role("button", name="Bind count").click()
    await page.get_by_role("menuitem", name="count", exact=True).click()
    await expect(properties.get_by_text("graph parameter count")).to_be_visible()
    await undo_all(page)
    await expect(field(page, "count")).to_have_value("5")
    await page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    await expect(properties.get_by_role("textbox", name="Name of the parameter")).to_have_count(0)
    await expect(links(page)).to_have_count(1)


async def test_a_value_that_does_not_suit_never_starts_a_run(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await bind_count(page)
    dialog = await launch(page)
    value = dialog.get_by_role("textbox", name="count", exact=True)
    await value.fill("many")
    await expect(dialog).to_contain_text("Not a whole number: many")
    await expect(dialog.get_by_role("button", name=START)).to_be_disabled()
    await value.fill("2000")
    await expect(dialog).to_contain_text("More than 1000")
    await value.press("Enter")
    await dialog.get_by_role("button", name="Defaults").click()
    await expect(value).to_have_value("5")
    run = await start(page, dialog)
    client = desk.platform.client()
    graph = client.connection.get(f"/runs/{run}")["graph_id"]
    assert [one["id"] for one in client.connection.pages("/runs", most=10, graph_id=graph)] == [run]


async def bind_count(page: Page) -> None:
    """To a new parameter of the graph."""
    await card(page, "numbers").click()
    properties = page.get_by_role("complementary", name="Properties")
    await properties.get_by_role("button", name="Bind count").click()
    await page.get_by_role("menuitem", name="New graph parameter “count”").click()
    await expect(properties.get_by_text("graph parameter count")).to_be_visible()


async def launch(page: Page) -> Locator:
    await tool(page, "Run").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Run "))
    await expect(dialog).to_be_visible()
    return dialog


async def start(page: Page, dialog: Locator) -> str:
    """The run's id."""
    await dialog.get_by_role("button", name=START).click()
    await expect(page).to_have_url(re.compile("/runs/run-"))
    found = re.search("run-[^?/]+", page.url)
    assert found is not None
    return found.group()
