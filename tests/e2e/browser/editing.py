"""A graph in the editor: how a story comes there, what it finds, and the way back by Undo."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.e2e.browser.catalogue import DOUBLE, NUMBERS, PLOT, approve
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card

LINK = [{"node": "numbers", "output": "table"}]
PAIR: dict[str, Any] = {
    "nodes": [
        {"id": "numbers", "operation": "default/numbers@1", "position": {"x": 0, "y": 0}},
        {
            "id": "double",
            "operation": "default/double@1",
            "inputs": {"table": LINK},
            "position": {"x": 400, "y": 160},
        },
    ]
}


async def opened(desk: Desk, graph: dict[str, Any]) -> Page:
    """A page with this graph in the editor, all drawn."""
    approve(desk.platform.client(), NUMBERS, DOUBLE, PLOT)
    await desk.sign_in(f"/graphs/{await stored(desk, graph)}")
    await expect(desk.page.get_by_role("toolbar", name="Graph")).to_be_visible()
    await expect(nodes(desk.page)).to_have_count(len(graph["nodes"]))
    return desk.page


async def stored(desk: Desk, graph: dict[str, Any]) -> str:
    return str(desk.platform.client().connection.post("/graphs", graph)["id"])


def nodes(page: Page) -> Locator:
    return page.locator(".react-flow__node")


def links(page: Page) -> Locator:
    return page.locator(".react-flow__edge")


def tool(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Graph").get_by_role("button", name=name, exact=True)


async def drawn(page: Page) -> list[str]:
    """Where the cards are."""
    return await nodes(page).evaluate_all("cards => cards.map(card => card.dataset.id + card.style.transform).sort()")


async def expect_drawn(page: Page, wanted: list[str]) -> None:
    """Once they have glided there."""
    for one in wanted:
        id, transform = re.fullmatch(r"(.*?)(translate.*)", one).groups()  # pyright: ignore[reportOptionalMemberAccess]
        await expect(card(page, id)).to_have_attribute("style", re.compile(re.escape(transform)))


async def undo_all(page: Page) -> None:
    """To the start, as far as it goes."""
    undo = page.get_by_role("button", name=re.compile("^Undo"))
    while await undo.is_enabled():
        await undo.click()
