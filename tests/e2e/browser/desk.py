"""What a person does at a browser, in their words."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.e2e.reachable import Reachable

expect.set_options(timeout=15_000)


@dataclass(frozen=True, slots=True)
class Desk:
    page: Page
    platform: Reachable
    complaints: list[str]
    """Errors and warnings that the page has written to its console."""

    def url(self, path: str) -> str:
        return f"{self.platform.url}{path}"

    async def sign_in(self, wanted: str = "/") -> None:
        """By the link that the platform prints."""
        await self.page.goto(self.url(f"/login?token={self.platform.token}&next={wanted}"))
        await expect(self.page.get_by_role("navigation", name="Main navigation")).to_be_visible()

    async def open(self, path: str) -> None:
        await self.page.goto(self.url(path))

    def forgive(self, words: str) -> None:
        """A complaint that the test has provoked."""
        self.complaints[:] = [complaint for complaint in self.complaints if words not in complaint]
