"""The editor's tools, each in a story: what it does, and that Undo takes it back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, port, pull
from tests.e2e.browser.editing import PAIR, drawn, expect_drawn, links, nodes, opened, stored, tool, undo_all

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_a_new_graph_is_empty_and_not_wrong(desk: Desk) -> None:
    page = await opened(desk, {"title": "Begun", "nodes": []})
    await expect(page.get_by_role("heading", name="Begin with an operation")).to_be_visible()
    issues = page.get_by_role("region", name="Issues")
    await expect(issues.get_by_role("status")).to_have_text("The graph has no nodes yet")
    await expect(issues.locator("[data-severity=error]")).to_have_count(0)


async def test_nodes_are_duplicated_deleted_and_all_comes_back(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    before = await drawn(page)
    await card(page, "double").click()
    await page.keyboard.press("Control+d")
    await expect(nodes(page)).to_have_count(3)
    await expect(card(page, "double-2")).to_have_class(re.compile("selected"))
    await page.keyboard.press("Delete")
    await expect(nodes(page)).to_have_count(2)
    await card(page, "numbers").click()
    await page.keyboard.press("Delete")
    await expect(nodes(page)).to_have_count(1)
    await expect(links(page)).to_have_count(0)
    await undo_all(page)
    await expect(nodes(page)).to_have_count(2)
    await expect(links(page)).to_have_count(1)
    assert await drawn(page) == before


async def test_many_are_selected_aligned_and_arranged(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    before = await drawn(page)
    await card(page, "numbers").click()
    await card(page, "double").click(modifiers=["Shift"])
    properties = page.get_by_role("complementary", name="Properties")
    await expect(properties.get_by_role("heading", name="2 nodes selected")).to_be_visible()
    await properties.get_by_role("button", name="Align left").click()
    await expect(card(page, "double")).to_have_css("transform", re.compile(r"matrix\(1, 0, 0, 1, 0, 160\)"))
    await properties.get_by_role("button", name="Align top").click()
    await expect(card(page, "double")).to_have_css("transform", re.compile(r"matrix\(1, 0, 0, 1, 0, 0\)"))
    await page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    await tool(page, "Arrange").click()
    await expect(card(page, "double")).not_to_have_css("transform", re.compile(r"matrix\(1, 0, 0, 1, 0, 0\)"))
    await undo_all(page)
    await expect_drawn(page, before)


async def test_nodes_are_copied_from_one_graph_into_another(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+c")
    await expect(page.get_by_text("Copied to the clipboard: 2")).to_be_visible()
    await page.goto(desk.url(f"/graphs/{await stored(desk, {'title': 'Another', 'nodes': []})}"))
    await expect(page.get_by_role("heading", name="Begin with an operation")).to_be_visible()
    await page.keyboard.press("Control+v")
    await expect(nodes(page)).to_have_count(2)
    await expect(links(page)).to_have_count(1)
    await undo_all(page)
    await expect(nodes(page)).to_have_count(0)


async def test_nodes_are_cut_and_pasted_by_keys_and_by_the_menu(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    before = await drawn(page)
    await card(page, "double").click()
    await page.keyboard.press("Control+x")
    await expect(nodes(page)).to_have_count(1)
    await page.keyboard.press("Control+v")
    await expect(card(page, "double")).to_have_class(re.compile("selected"))
    await expect(links(page)).to_have_count(0)
    await card(page, "numbers").click(button="right")
    await page.get_by_role("menuitem", name=re.compile("^Copy")).click()
    await expect(page.get_by_text("Copied to the clipboard: 1")).to_be_visible()
    await page.locator(".react-flow__pane").click(button="right", position={"x": 100, "y": 600})
    await page.get_by_role("menuitem", name=re.compile("^Paste")).click()
    await expect(card(page, "numbers-2")).to_be_visible()
    await undo_all(page)
    await expect(links(page)).to_have_count(1)
    await expect_drawn(page, before)


async def test_what_is_no_node_is_not_pasted_but_named(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await page.evaluate("navigator.clipboard.writeText('a shopping list')")
    await page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    await page.keyboard.press("Control+v")
    await expect(page.get_by_role("alert")).to_contain_text("a shopping list")
    await expect(nodes(page)).to_have_count(2)


async def test_a_link_let_go_on_the_empty_canvas_asks_for_an_operation_that_fits(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await let_go_below(page, port(page, "double", "out", "table"))
    fits = page.get_by_role("listbox", name="Operations that fit")
    await expect(fits.get_by_role("option", name=re.compile("Double the numbers"))).to_be_visible()
    await expect(fits.get_by_role("option", name=re.compile("Make numbers"))).to_have_count(0)
    await page.keyboard.type("plot")
    await fits.get_by_role("option", name=re.compile("Draw a plot")).click()
    await expect(card(page, "plot")).to_be_visible()
    await expect(links(page)).to_have_count(2)
    await undo_all(page)
    await expect(nodes(page)).to_have_count(2)
    await expect(links(page)).to_have_count(1)


async def test_a_node_waits_for_another_without_data(desk: Desk) -> None:
    first, second = PAIR["nodes"]
    page = await opened(desk, {"nodes": [first, {**second, "inputs": {}}]})
    await card(page, "numbers").hover()
    await pull(page, port(page, "numbers", "before", ""), port(page, "double", "after", ""))
    await expect(page.locator(".react-flow__edge [data-kind=order]")).to_have_count(1)
    await card(page, "double").click()
    order = page.get_by_role("region", name="Order")
    await order.get_by_role("button", name="Remove the link from Make numbers").click()
    await expect(links(page)).to_have_count(0)
    await undo_all(page)
    await order.get_by_role("button", name="Let it wait for another node").click()
    await page.get_by_role("menuitem", name=re.compile("Make numbers")).click()
    await expect(page.locator(".react-flow__edge [data-kind=order]")).to_have_count(1)


async def let_go_below(page: Page, start: Locator) -> None:
    await start.hover()
    await page.mouse.down()
    box = await start.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] - 200, box["y"] + 140, steps=12)
    await page.mouse.up()
