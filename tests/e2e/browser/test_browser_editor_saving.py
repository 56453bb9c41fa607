"""The editor saves by itself; and when it cannot, nothing is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from plynx_common.testing.eventually import eventually
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import START, card, field
from tests.e2e.browser.editing import PAIR, nodes, opened, tool

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_of_two_who_draw_one_looks_and_takes_what_the_other_saved(desk: Desk) -> None:
    page = await opened(desk, {**PAIR, "title": "Of two"})
    dialog = await get_into_conflict(desk, page)
    await dialog.get_by_role("button", name="What differs").click()
    difference = dialog.get_by_role("region", name="What differs")
    await expect(difference.locator("[data-side=theirs]")).to_have_text(["Theirs title: Theirs"])
    await expect(difference.locator("[data-side=mine]").filter(has_text="title: Of two")).to_be_visible()
    await expect(difference.locator("[data-side=mine]").filter(has_text="count: 77")).to_be_visible()

    await dialog.get_by_role("button", name="Take theirs").click()
    await expect(dialog).to_have_count(0)
    await expect(title(page)).to_have_value("Theirs")
    await expect(saved(page)).to_be_visible()
    # Mine is not gone: Undo brings it back, and then it is saved over theirs.
    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(title(page)).to_have_value("Of two")
    await expect(saved(page)).to_be_visible()
    await eventually(lambda: graph_of(desk, page)["title"] == "Of two" or None, within=10, story="mine is saved")
    assert graph_of(desk, page)["nodes"][0]["parameters"] == {"count": 77}


async def test_of_two_who_draw_one_keeps_theirs_as_a_copy(desk: Desk) -> None:
    page = await opened(desk, {**PAIR, "title": "Of two"})
    original = id_of(page)
    dialog = await get_into_conflict(desk, page)
    await dialog.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Changed by somebody else").click()
    await dialog.get_by_role("button", name="Keep mine as a copy").click()
    await expect(page).not_to_have_url(re.compile(original))
    await expect(title(page)).to_have_value("Of two (copy)")
    await card(page, "numbers").click()
    await expect(field(page, "count")).to_have_value("77")
    kept = desk.platform.client().connection.get(f"/graphs/{original}")
    assert (kept["title"], kept["revision"]) == ("Theirs", 2)


async def test_without_a_network_it_keeps_trying_and_saves_after(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await page.context.set_offline(True)
    await card(page, "double").click()
    await page.keyboard.press("Delete")
    await expect(page.get_by_role("status").filter(has_text="Offline: keeps trying")).to_be_visible()
    await card(page, "numbers").click()
    await field(page, "count").fill("78")
    await expect(page.get_by_role("status").filter(has_text="Offline: keeps trying")).to_be_visible()
    await page.context.set_offline(False)
    await expect(saved(page)).to_be_visible()
    (left,) = graph_of(desk, page)["nodes"]
    assert left["parameters"] == {"count": 78}
    desk.forgive("ERR_INTERNET_DISCONNECTED")


async def test_who_leaves_at_once_finds_the_last_change_saved(desk: Desk) -> None:
    page = await opened(desk, {**PAIR, "title": "Left at once"})
    await card(page, "double").click()
    await page.keyboard.press("Delete")
    await page.get_by_role("navigation").get_by_role("link", name="Graphs").click()
    await page.get_by_role("link", name="Left at once").first.click()
    await expect(tool(page, "Run")).to_be_visible()
    await expect(nodes(page)).to_have_count(1)
    await expect(card(page, "numbers")).to_be_visible()


async def test_who_is_in_conflict_neither_runs_nor_leaves_unasked(desk: Desk) -> None:
    page = await opened(desk, {**PAIR, "title": "Of two"})
    dialog = await get_into_conflict(desk, page)
    await dialog.get_by_role("button", name="Close").click()
    await tool(page, "Run").click()
    await page.get_by_role("button", name=START).click()
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()

    runs = page.get_by_role("navigation").get_by_role("link", name="Runs")
    await runs.click()
    question = page.get_by_role("dialog", name="Leave without the last changes?")
    await question.get_by_role("button", name="Stay").click()
    await card(page, "numbers").click()
    await expect(field(page, "count")).to_have_value("77")
    await runs.click()
    await question.get_by_role("button", name="Leave", exact=True).click()
    await expect(page.get_by_role("heading", name="Runs")).to_be_visible()


async def get_into_conflict(desk: Desk, page: Page) -> Locator:
    """The test saves another title first; then a value is changed here."""
    graph = graph_of(desk, page)
    theirs = {**graph, "title": "Theirs"}
    desk.platform.client().connection.put(f"/graphs/{id_of(page)}", theirs, **{"If-Match": '"1"'})
    await card(page, "numbers").click()
    await field(page, "count").fill("77")
    dialog = page.get_by_role("dialog", name="Somebody else has saved this graph")
    await expect(dialog).to_contain_text("saved revision 2")
    desk.forgive("412")
    return dialog


def graph_of(desk: Desk, page: Page) -> dict[str, Any]:
    """As the platform has it."""
    return desk.platform.client().connection.get(f"/graphs/{id_of(page)}")["graph"]


def id_of(page: Page) -> str:
    found = re.search("graph-[^?/]+", page.url)
    assert found is not None
    return found.group()


def title(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Title of the graph")


def saved(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text=re.compile("^Saved$"))
