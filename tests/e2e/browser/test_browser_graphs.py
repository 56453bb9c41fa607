"""The list of graphs: every way to a new one, and out of the way with an old one."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, run, shows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

YAML = """\
name: pasted
title: Pasted from a letter
nodes:
  - id: greeting
    operation: greeting
operations:
  greeting:
    name: greeting
    kind: command
    outputs:
      - {name: text, type: text}
    cmd: echo hello > "$PLYNX_OUTPUT_text"
"""
ONE_NODE = {
    "operations": {"one": {"name": "one", "kind": "command", "cmd": "true"}},
    "nodes": [{"id": "one", "operation": "one", "position": {"x": 0, "y": 0}}],
}


async def test_whoever_has_no_graph_opens_the_sample_and_runs_it(desk: Desk) -> None:
    await forget_all_graphs(desk)
    await desk.sign_in("/graphs")
    page = desk.page
    await expect(page.get_by_role("heading", name="No graphs yet")).to_be_visible()
    await page.get_by_role("button", name="Open the sample graph").click()
    await expect(card(page, "hello")).to_be_visible()
    await expect(page.get_by_text("No issues")).to_be_visible()
    await run(page)
    await expect(shows(page, "hello", "Succeeded").or_(shows(page, "hello", "Restored"))).to_be_visible()


async def test_yaml_is_pasted_into_the_import(desk: Desk) -> None:
    await desk.sign_in("/graphs")
    page = desk.page
    dialog = await open_import(page)
    await paste_into(page, dialog.get_by_role("textbox", name="YAML of the graph"), YAML)
    await dialog.get_by_role("button", name="Import", exact=True).click()
    await expect(page).to_have_url(re.compile("/graphs/graph-"))
    await expect(card(page, "greeting")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Title of the graph")).to_have_value("Pasted from a letter")


async def test_what_cannot_be_imported_is_said_in_the_dialog_and_can_be_mended(desk: Desk) -> None:
    await desk.sign_in("/graphs")
    page = desk.page
    dialog = await open_import(page)
    box = dialog.get_by_role("textbox", name="YAML of the graph")
    await paste_into(page, box, "nodes: [")
    await dialog.get_by_role("button", name="Import", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("YAML")
    desk.forgive("40")
    await box.press("Control+a")
    await paste_into(page, box, YAML)
    await dialog.get_by_role("button", name="Import", exact=True).click()
    await expect(card(page, "greeting")).to_be_visible()


async def test_graphs_are_searched_cloned_and_deleted(desk: Desk) -> None:
    client = desk.platform.client()
    for title in ("Winter wheat", "Summer barley"):
        client.connection.post("/graphs", {**ONE_NODE, "title": title, "tags": ["grain"]})
    await desk.sign_in("/graphs")
    page = desk.page
    search = page.get_by_role("textbox", name="Search graphs")
    await page.keyboard.press("/")
    await expect(search).to_be_focused()
    await search.fill("grain barl")
    await expect(rows(page)).to_have_count(1)
    await search.fill("no such grain")
    await expect(page.get_by_text("No graph matches “no such grain”.")).to_be_visible()
    await search.fill("winter wheat")

    await page.get_by_role("button", name="More for Winter wheat").click()
    await page.get_by_role("menuitem", name="Clone").click()
    await expect(page).to_have_url(re.compile("/graphs/graph-"))
    await expect(card(page, "one")).to_be_visible()
    await page.go_back()
    await search.fill("winter wheat")
    await expect(rows(page)).to_have_count(2)

    await ask_to_delete(page, page.get_by_role("button", name="More for Winter wheat").first)
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(rows(page)).to_have_count(2)
    await ask_to_delete(page, page.get_by_role("button", name="More for Winter wheat").first)
    await page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    await expect(rows(page)).to_have_count(1)


def rows(page: Page) -> Locator:
    return page.locator("tbody").get_by_role("row")


async def ask_to_delete(page: Page, menu: Locator) -> None:
    await menu.click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Runs that it made stay.")


async def open_import(page: Page) -> Locator:
    await page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog", name="Import a graph")
    await expect(dialog.get_by_role("textbox", name="YAML of the graph")).to_be_visible()
    return dialog


async def paste_into(page: Page, box: Locator, text: str) -> None:
    """From the clipboard, as a person does."""
    await page.evaluate("text => navigator.clipboard.writeText(text)", text)
    await box.focus()
    await page.keyboard.press("Control+v")


async def forget_all_graphs(desk: Desk) -> None:
    """Stories before this one have left theirs."""
    client = desk.platform.client()
    for graph in client.connection.pages("/graphs", most=10_000):
        headers = {"Authorization": f"Bearer {desk.platform.token}", "If-Match": f'"{graph["revision"]}"'}
        answer = await desk.page.request.delete(desk.url(f"/api/v1/graphs/{graph['id']}"), headers=headers)
        assert answer.ok, await answer.text()
