"""The life of an operation: written with its preview beside it, saved, approved, followed by a next version."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

CODE = "echo {{ param.times }} {{ input.table }} > {{ output.result }}"


def code(page: Page) -> Locator:
    return page.get_by_role("region", name="Code").get_by_role("textbox", name="Code")


def preview(page: Page) -> Locator:
    return page.get_by_role("region", name="Preview")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tablist", name="Parts of the operation").get_by_role("tab", name=re.compile(f"^{name}"))


def named(part: Locator) -> Locator:
    """The field that holds a port's or parameter's name."""
    return part.get_by_role("textbox", name="Name", exact=True)


async def write(page: Page, text: str) -> None:
    """In place of the code that is there."""
    await code(page).click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def test_an_operation_is_written_saved_approved_and_succeeded(desk: Desk) -> None:
    await desk.sign_in("/operations")
    page = desk.page
    await page.get_by_role("link", name="New operation").click()
    await page.get_by_role("textbox", name="Name").fill("repeat-rows")
    await page.get_by_role("textbox", name="Title").fill("Repeat rows")
    await declare(page)
    await write(page, CODE)
    await expect(preview(page)).to_contain_text("As a worker would run it")
    await expect(preview(page)).to_contain_text(re.compile(r"echo 3 \S*table\S* > \S*result"))
    await preview(page).get_by_role("textbox", name="times").fill("7")
    await expect(preview(page)).to_contain_text(re.compile(r"echo 7 \S*table"))

    await page.get_by_role("button", name="Save draft").click()
    await expect(page).to_have_url(re.compile("/operations/default/repeat-rows@1"))
    await expect(page.get_by_role("button", name="Save draft")).to_be_disabled()
    await page.reload()
    await expect(code(page)).to_have_text(CODE)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved, so it never changes")).to_be_visible()
    await expect(code(page)).to_have_attribute("aria-readonly", "true")

    await page.get_by_role("button", name="New version").click()
    await expect(page).to_have_url(re.compile("repeat-rows@2"))
    await write(page, f"{CODE} # once more")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved, so it never changes")).to_be_visible()
    await deprecate_the_first(page)
    # While one thing is declared and the next is not yet, there may be nothing to render.
    desk.forgive("/operations/preview")


async def declare(page: Page) -> None:
    """An input, an output and a parameter, beside those that a new operation begins with."""
    await tab(page, "Ports").click()
    inputs, outputs = page.get_by_role("region", name="Inputs"), page.get_by_role("region", name="Outputs")
    await inputs.get_by_role("button", name="Add an input").click()
    await named(inputs.get_by_role("group", name="input")).fill("extra")
    await inputs.get_by_role("group", name="extra").get_by_role("combobox", name="How many").click()
    await page.get_by_role("option", name="one or none").click()
    await outputs.get_by_role("button", name="Add an output").click()
    await named(outputs.get_by_role("group", name="output")).fill("protocol")
    await tab(page, "Parameters").click()
    await page.get_by_role("button", name="Remove rows").click()
    await page.get_by_role("button", name="Add a parameter").click()
    await named(page.get_by_role("group", name="parameter")).fill("times")
    parameter = page.get_by_role("group", name="times")
    await parameter.get_by_role("combobox", name="Type").click()
    await page.get_by_role("option", name="int: whole number", exact=True).click()
    await parameter.get_by_role("textbox", name="Default").fill("3")


async def deprecate_the_first(page: Page) -> None:
    """Those who use it are told what to use instead."""
    await tab(page, "Versions").click()
    await page.get_by_role("tabpanel").get_by_role("link", name=re.compile("version 1|Version 1")).click()
    await expect(page).to_have_url(re.compile("repeat-rows@1"))
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Deprecate").click()
    dialog = page.get_by_role("dialog", name="Deprecate")
    await dialog.get_by_role("combobox", name="Successor").click()
    await page.get_by_role("option", name="default/repeat-rows@2").click()
    await dialog.get_by_role("button", name="Deprecate").click()
    await expect(page.get_by_text("Deprecated: use default/repeat-rows@2 instead.")).to_be_visible()


async def test_a_mistake_is_told_at_its_line_or_field_and_what_is_not_saved_is_asked_about(desk: Desk) -> None:
    await desk.sign_in("/operations/new")
    page = desk.page
    await page.get_by_role("textbox", name="Name").fill("mistaken")
    await write(page, "echo fine\necho {{ param.raws }} {{ input.table }} > {{ output.result }}")
    note = code(page).get_by_role("note")
    await expect(note).to_contain_text("raws")
    await expect(code(page).locator(".plynx-noted")).to_contain_text("param.raws")
    await expect(preview(page)).to_contain_text("The last text that could be rendered")
    await write(page, "head -n {{ param.rows }} {{ input.table }} > {{ output.result }}")
    await expect(note).to_have_count(0)

    await tab(page, "Parameters").click()
    rows = page.get_by_role("group", name="rows")
    default = rows.get_by_role("textbox", name="Default")
    await default.fill("0")
    await expect(default).to_have_accessible_description(re.compile(r"\b1\b"))
    await expect(tab(page, "Parameters")).to_contain_text("1")
    await expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    await default.fill("20")
    await expect(page.get_by_role("button", name="Approve")).to_be_enabled()

    await page.get_by_role("navigation", name="Main navigation").get_by_role("link", name="Runs").click()
    leaving = page.get_by_role("dialog", name="Leave without saving?")
    await leaving.get_by_role("button", name="Keep editing").click()
    await expect(page).to_have_url(re.compile("/operations/new"))
    await expect(default).to_have_value("20")
    await page.get_by_role("navigation", name="Main navigation").get_by_role("link", name="Runs").click()
    await leaving.get_by_role("button", name="Discard the changes").click()
    await expect(page).to_have_url(desk.url("/runs"))
    desk.forgive("/operations/preview")


async def test_what_was_never_saved_is_approved_at_once_and_cloned_under_another_name(desk: Desk) -> None:
    await desk.sign_in("/operations/new")
    page = desk.page
    await page.get_by_role("textbox", name="Name").fill("at-once")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved, so it never changes")).to_be_visible()
    await expect(page).to_have_url(re.compile("/operations/default/at-once@1"))

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Clone under another name").click()
    dialog = page.get_by_role("dialog", name="Clone under another name")
    await dialog.get_by_role("textbox", name="Name").fill("another-one")
    await dialog.get_by_role("button", name="Create").click()
    await expect(page).to_have_url(re.compile("/operations/default/another-one@1"))
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete draft").click()
    await page.get_by_role("dialog", name="Delete draft").get_by_role("button", name="Delete draft").click()
    await expect(page).to_have_url(desk.url("/operations"))
    await expect(page.get_by_role("link", name="at-once").first).to_be_visible()
    await expect(page.get_by_role("link", name="another-one")).to_have_count(0)


async def test_a_draft_that_somebody_else_has_saved_meanwhile_is_not_overwritten_unasked(desk: Desk) -> None:
    client = desk.platform.client().connection
    made = client.post("/operations", {"name": "contested", "kind": "command", "cmd": "echo first"})
    await desk.sign_in("/operations/default/contested@1")
    page = desk.page
    await write(page, "echo mine")
    theirs = {**made["operation"], "cmd": "echo theirs"}
    client.put("/operations/default/contested@1", theirs, **{"If-Match": f'"{made["revision"]}"'})
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.get_by_text("Somebody else has saved this draft")).to_be_visible()
    await expect(code(page)).to_have_text("echo mine")
    await expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    desk.forgive("412")
    assert await violations(page) == []
    await page.get_by_role("button", name="Keep mine, replace theirs when I save").click()
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert client.get("/operations/default/contested@1")["operation"]["cmd"] == "echo mine"
