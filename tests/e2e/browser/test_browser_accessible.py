"""Every screen by axe, in light and in dark, with something on it."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.catalogue import DOUBLE, NUMBERS, PLOT, approve
from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

GRAPH: dict[str, Any] = {
    "title": "Numbers, doubled and drawn",
    "parameters": [{"name": "count", "type": "int", "default": 5}],
    "nodes": [
        {"id": "numbers", "operation": "default/numbers@1", "parameters": {"count": {"$param": "count"}}},
        {
            "id": "double",
            "operation": "default/double@1",
            "inputs": {"table": [{"node": "numbers", "output": "table"}]},
        },
        {"id": "plot", "operation": "default/plot@1", "inputs": {"table": [{"node": "double", "output": "table"}]}},
    ],
}


@pytest.mark.parametrize("appearance", ["light", "dark"])
async def test_every_screen_is_accessible(desk: Desk, appearance: Literal["light", "dark"]) -> None:
    client = desk.platform.client()
    approve(client, NUMBERS, DOUBLE, PLOT)
    graph = client.connection.post("/graphs", GRAPH)["id"]
    ended = (await client.run(GRAPH)).succeeded()
    digest = ended.nodes["plot"]["outputs"]["picture"]["digest"]
    page = desk.page
    await page.emulate_media(color_scheme=appearance)
    await desk.sign_in()
    screens = {
        "/runs": page.get_by_role("table", name="Runs").get_by_role("row").nth(1),
        f"/runs/{ended.id}": page.locator(".react-flow__node").first,
        f"/runs/{ended.id}?node=double&tab=logs": page.get_by_role("log").get_by_text("doubling, step 20"),
        f"/runs/{ended.id}?node=plot&tab=timeline": page.get_by_role("region", name="Timeline"),
        f"/runs/{ended.id}?node=plot&tab=events": page.get_by_role("region", name="Events"),
        "/graphs": page.get_by_text("Numbers, doubled and drawn").first,
        f"/graphs/{graph}": page.locator(".react-flow__node").first,
        f"/graphs/{graph}?node=numbers": page.get_by_role("complementary", name="Properties").get_by_text("count"),
        "/operations": page.get_by_text("Draw a plot").first,
        "/operations/new": page.get_by_role("heading", name="New operation"),
        "/operations/default/plot@1": page.get_by_role("heading", name="Draw a plot"),
        "/files": page.get_by_role("heading", name="Files", exact=True),
        f"/artifacts/{digest}": page.get_by_role("heading").first,
        "/pools": page.get_by_text("default/default").first,
    }
    found: list[str] = []
    for path, sign in screens.items():
        await desk.open(path)
        await expect(sign.first).to_be_visible()
        found += [f"{path}: {violation}" for violation in await violations(page, without=("iframe",))]
    assert found == [], "\n".join(found)
