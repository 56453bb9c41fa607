"""Debian's Chromium before the embedded platform; what a page complains of fails its test."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from plynx_common.testing.servers.fixtures import do_without
from plynx_web.building import NotBuilt, ensure_built
from tests.e2e.browser.desk import Desk
from tests.e2e.reachable import Reachable

PATIENCE = 15_000.0
"""Milliseconds that an expectation waits: what takes longer is broken, also on a busy machine."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
PICTURES = Path(__file__).parents[3] / "build" / "browser"
"""Of the last run; what a test was about is the name."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        do_without("there is no chromium: install Debian's package of that name")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    try:
        ensure_built()
    except NotBuilt as problem:
        do_without(str(problem))


@pytest_asyncio.fixture(loop_scope="session")
async def desk(
    built: None, chromium: Browser, shared_platform: Reachable, request: pytest.FixtureRequest
) -> AsyncGenerator[Desk]:
    """A browser with one page that nobody has signed in on yet."""
    del built
    context = await chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE)
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=shared_platform.url)
    complaints: list[str] = []
    page = await context.new_page()
    _listen(page, complaints)
    yield Desk(page, shared_platform, complaints)
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    await page.screenshot(path=PICTURES / f"{name}.png")
    await asyncio.wait_for(context.close(), 10)
    assert not complaints, f"the page complained: {complaints}"


def _listen(page: Page, complaints: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
