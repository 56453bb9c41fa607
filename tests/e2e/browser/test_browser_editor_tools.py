"""The editor's toolbar: what it asks of the platform, and the graph as code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.catalogue import approve
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card, field
from tests.e2e.browser.editing import PAIR, links, nodes, opened, tool, undo_all

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

OLD: dict[str, Any] = {
    "name": "old-count",
    "title": "Count, the old way",
    "kind": "command",
    "outputs": [{"name": "number", "type": "int"}],
    "cmd": 'echo 1 > "$PLYNX_OUTPUT_number"',
}
NEW: dict[str, Any] = {**OLD, "name": "new-count", "title": "Count, the new way"}


async def test_a_graph_is_cloned_from_the_toolbar(desk: Desk) -> None:
    page = await opened(desk, {**PAIR, "title": "The first"})
    original = page.url.split("?")[0]
    await card(page, "double").click()
    await page.keyboard.press("Delete")
    await tool(page, "Clone").click()
    await expect(page).not_to_have_url(re.compile(re.escape(original)))
    await expect(page).to_have_url(re.compile("/graphs/graph-"))
    # What was not saved yet has come along.
    await expect(nodes(page)).to_have_count(1)
    await expect(page.get_by_role("textbox", name="Title of the graph")).to_have_value(re.compile("The first"))
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


async def test_a_deprecated_operation_is_upgraded_to_its_successor(desk: Desk) -> None:
    client = desk.platform.client()
    approve(client, OLD, NEW)
    old = client.connection.get("/operations/default/old-count@1")
    revision = {"If-Match": f'"{old["revision"]}"'}
    client.connection.post(f"/operations/{old['ref']}/deprecate", {"successor": "default/new-count@1"}, **revision)
    page = await opened(desk, {"nodes": [{"id": "count", "operation": old["ref"], "position": {"x": 0, "y": 0}}]})
    await expect(page.get_by_text("Errors: 0, warnings: 1")).to_be_visible()
    offered = page.get_by_role("complementary", name="Library").get_by_role("button", name="Count, the old way")
    await expect(offered).to_contain_text("Deprecated")
    await tool(page, "Upgrade").click()
    dialog = page.get_by_role("dialog", name="Upgrade operations")
    await expect(dialog.get_by_role("listitem").first).to_contain_text("default/new-count@1")
    await dialog.get_by_role("button", name="Upgrade", exact=True).click()
    await expect(card(page, "count")).to_contain_text("Count, the new way")
    await expect(page.get_by_text("No issues")).to_be_visible()
    await undo_all(page)
    await expect(card(page, "count")).to_contain_text("Count, the old way")


async def test_code_is_changed_applied_and_taken_back(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    code = await open_code(page)
    await change_code(page, code, "operation: default/double@1", "title: By hand\n  operation: default/double@1")
    await page.get_by_role("button", name="Apply", exact=True).click()
    await expect(card(page, "double")).to_contain_text("By hand")
    await expect(links(page)).to_have_count(1)
    await page.get_by_role("button", name="Undo: Edit the code").click()
    await expect(card(page, "double")).not_to_contain_text("By hand")


async def test_wrong_code_shows_its_line_and_is_not_applied(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    code = await open_code(page)
    await change_code(page, code, "operation: default/double@1", "operatoin: default/double@1")
    dialog = page.get_by_role("dialog", name="Code")
    line = dialog.locator(".cm-line").filter(has_text="operatoin")
    await expect(line.locator("xpath=following-sibling::*[1]")).to_contain_text(
        re.compile("There is no field .operatoin. here")
    )
    await expect(dialog.get_by_role("status")).to_contain_text("Lines that cannot be read")
    await expect(dialog.get_by_role("button", name="Apply", exact=True)).to_be_disabled()
    await change_code(page, code, "operatoin", "operation")
    await change_code(page, code, "nodes:", "nodes: [")
    await expect(dialog.get_by_text("Not YAML").first).to_be_visible()
    await dialog.get_by_role("button", name="Discard").click()
    await expect(nodes(page)).to_have_count(2)
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


async def test_plan_says_on_the_nodes_what_a_run_would_do(desk: Desk) -> None:
    page = await opened(desk, PAIR)
    await card(page, "numbers").click()
    await field(page, "count").fill("977")
    await tool(page, "Plan").click()
    bar = page.get_by_role("region", name="Plan", exact=True)
    await expect(card(page, "numbers").get_by_text("Will run")).to_be_visible()
    await expect(card(page, "double").get_by_text(re.compile("Will run|Depends"))).to_be_visible()
    await expect(bar).to_contain_text("Will run")
    # It was about the graph as it was.
    await page.get_by_role("textbox", name="Title of the graph").fill("Planned")
    await expect(bar).to_have_count(0)
    await page.get_by_role("button", name=re.compile("^Undo")).click()
    await expect(bar).to_be_visible()
    await bar.get_by_role("button", name="Hide the plan").click()
    await expect(card(page, "numbers").get_by_text("Will run")).to_have_count(0)


async def test_validate_lists_issues_that_lead_to_their_nodes(desk: Desk) -> None:
    far = {"id": "far", "operation": "default/plot@1", "position": {"x": 6000, "y": 3000}}
    page = await opened(desk, {"nodes": [PAIR["nodes"][0], far]})
    await tool(page, "Validate").click()
    issues = page.get_by_role("region", name="Issues")
    line = issues.get_by_role("button", name=re.compile("Draw a plot.*needs a link"))
    await expect(line).to_be_visible()
    await page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    await line.click()
    await expect(card(page, "far")).to_be_in_viewport()
    await expect(card(page, "far")).to_have_class(re.compile("selected"))
    await expect(page.get_by_role("complementary", name="Properties")).to_contain_text("Draw a plot")
    await expect(page).to_have_url(re.compile("node=far"))
    await page.keyboard.press("Delete")
    await expect(issues).to_contain_text("No issues")
    await tool(page, "Validate").click()
    await expect(page.get_by_text("No issues: the platform agrees.")).to_be_visible()


async def open_code(page: Page) -> Locator:
    await tool(page, "Code").click()
    code = page.get_by_role("dialog", name="Code").get_by_role("textbox", name="The graph as YAML")
    await expect(code).to_contain_text("default/double@1")
    return code


async def change_code(page: Page, code: Locator, old: str, new: str) -> None:
    """All of it, from the clipboard."""
    lines = await code.locator(".cm-line").all_inner_texts()
    text = "\n".join(line.rstrip("\n") for line in lines)
    assert old in text
    await page.evaluate("text => navigator.clipboard.writeText(text)", text.replace(old, new, 1))
    await code.focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+v")
