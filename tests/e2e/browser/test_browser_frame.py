"""The frame: the way in and out, where one can go, and how it looks and speaks."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_stranger_signs_in_with_a_token_and_lands_on_the_page_asked_for(desk: Desk) -> None:
    await desk.open("/pools")
    page = desk.page
    await expect(page.get_by_role("heading", name="Sign in to PLynx")).to_be_visible()
    await page.get_by_label("API token").fill("plx_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    desk.forgive("401")
    await page.get_by_label("API token").fill(desk.platform.token)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(desk.url("/pools"))
    await page.get_by_role("button", name="You and your settings").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to PLynx")).to_be_visible()
    await desk.open("/runs")
    await expect(page).to_have_url(re.compile("/login"))


async def test_keys_and_the_palette_lead_everywhere(desk: Desk) -> None:
    await desk.sign_in()
    page = desk.page
    await expect(page).to_have_url(desk.url("/runs"))
    for keys, path in (("gg", "/graphs"), ("go", "/operations"), ("gf", "/files"), ("gp", "/pools"), ("gr", "/runs")):
        await page.keyboard.type(keys)
        await expect(page).to_have_url(desk.url(path))
    await page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find anything")
    await box.fill("pool")
    await expect(page.get_by_role("option", name="Pools")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(desk.url("/pools"))
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Open the palette")
    await page.keyboard.press("Escape")


async def test_language_and_appearance_are_kept(desk: Desk) -> None:
    await desk.sign_in()
    page = desk.page
    await page.get_by_role("button", name="You and your settings").click()
    await page.get_by_role("menuitem", name="Dark").click()
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    await page.get_by_role("button", name="You and your settings").click()
    await page.get_by_role("menuitem", name="中文").click()
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "zh")
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


async def test_an_unknown_address_inside_the_application_says_so(desk: Desk) -> None:
    await desk.sign_in("/pools/of/nobody")
    await expect(desk.page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()


@pytest.mark.parametrize("appearance", ["light", "dark"])
async def test_the_frame_and_its_overlays_are_accessible(desk: Desk, appearance: Literal["light", "dark"]) -> None:
    page = desk.page
    await page.emulate_media(color_scheme=appearance)
    await desk.open("/login")
    assert await violations(page) == []
    await desk.sign_in()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Find anything").fill("pool")
    await expect(page.get_by_role("option", name="Pools")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert await violations(page) == []
