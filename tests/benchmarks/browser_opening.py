"""Debian's Chromium before the platform: tabs of somebody who is signed in, with empty caches."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from tests.benchmarks.started import Started

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = 1440, 900
PATIENCE = 60_000.0
"""Milliseconds after which something is broken, not slow."""


class NoChromium(Exception):
    """Says what to install."""


@dataclass(frozen=True, slots=True)
class Chromium:
    browser: Browser
    platform: Started

    @asynccontextmanager
    async def tab(self) -> AsyncGenerator[Page]:
        """The only one of its context, so that nothing is cached and no other tab is in its process."""
        context = await self.browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="en-US")
        context.set_default_timeout(PATIENCE)
        await self._sign_in(context)
        yield await context.new_page()
        await context.close()

    async def _sign_in(self, context: BrowserContext) -> None:
        """Without a page, which would fill the cache."""
        answer = await context.request.get(f"{self.platform.url}/login?token={self.platform.token}", max_redirects=0)
        if not await context.cookies():
            raise RuntimeError(f"the sign-in link was answered with {answer.status} and no cookie")

    def url(self, path: str) -> str:
        return f"{self.platform.url}{path}"

    @property
    def version(self) -> str:
        return self.browser.version


@asynccontextmanager
async def chromium(platform: Started) -> AsyncGenerator[Chromium]:
    program = shutil.which("chromium")
    if program is None:
        raise NoChromium("there is no chromium: install Debian's package of that name")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield Chromium(browser, platform)
        await browser.close()


async def told(session: CDPSession, method: str) -> dict[str, Any]:
    """The answer of Chromium's developer tools."""
    return await cast("Any", session).send(method)
