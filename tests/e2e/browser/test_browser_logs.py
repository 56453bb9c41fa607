"""Logs: a long one is walked through, searched and linked to; a live one is followed, over a broken connection too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, WebSocketRoute, expect

from plynx_common.testing.eventually import eventually
from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

LINES = 200_000
LONG = f"""awk 'BEGIN {{
  for (line = 1; line <= {LINES}; line++) {{
    if (line == 150000) print "ERROR: the kettle is empty"
    else if (line % 50000 == 0) print "milestone " line
    else if (line == {LINES} - 1) print "\\033[31mred\\033[0m and plain"
    else print "line " line
  }}
}}'"""
TICKING = """signal="$PLYNX_PARAM_signal"
line=0
while [ ! -e "$signal" ]; do line=$((line + 1)); echo "tick $line"; sleep 0.02; done
for more in $(seq 200); do line=$((line + 1)); echo "tick $line"; done
echo "last words\""""

READ_ALL = """async element => {
    const read = new Map();
    for (element.scrollTop = 0; ; element.scrollTop += element.clientHeight) {
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        for (const line of element.querySelectorAll("[data-index]")) {
            const [number, text] = line.firstElementChild.children;
            read.set(Number(number.textContent), text.textContent);
        }
        if (element.scrollTop + element.clientHeight >= element.scrollHeight - 1) break;
    }
    return [...read].sort(([one], [other]) => one - other).map(([, text]) => text);
}"""
"""From the first line to the last, as one scrolls."""

CHOOSE_FIRST_SEEN = """element => {
    const top = element.getBoundingClientRect().top;
    const seen = [...element.querySelectorAll("a")].find(link => link.getBoundingClientRect().top >= top);
    seen.click();
    return seen.textContent;
}"""


def alone(name: str, cmd: str, **parameters: str) -> dict[str, Any]:
    """A graph of one node."""
    declared = [{"name": parameter, "type": "str", "default": ""} for parameter in parameters]
    operation = {"name": name, "kind": "command", "cmd": cmd, "parameters": declared}
    return {"operations": {name: operation}, "nodes": [{"id": name, "operation": name, "parameters": parameters}]}


def lines(page: Page) -> Locator:
    return page.get_by_role("log")


def line(page: Page, number: int) -> Locator:
    """Where it can be seen."""
    return lines(page).locator("[data-index]").filter(has=page.get_by_role("link", name=str(number), exact=True))


async def test_a_log_of_200_000_lines_is_walked_through(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(alone("long", LONG))).succeeded()
    await desk.sign_in(f"/runs/{ended.id}?node=long&tab=logs&stream=stdout")
    page = desk.page
    pane = page.get_by_role("region", name="Log of long")
    await expect(pane).to_contain_text("200,000 lines")
    await expect(pane.get_by_role("status").filter(has_text="Complete")).to_be_visible()

    # It opens at its end, where the colours of a terminal are seen.
    await expect(line(page, LINES)).to_be_in_viewport()
    await expect(line(page, LINES - 1)).to_contain_text("red and plain")
    red, plain = line(page, LINES - 1).get_by_text("red", exact=True), line(page, LINES)
    assert await colour(red) != await colour(plain)

    await lines(page).focus()
    await page.keyboard.press("Control+Home")
    await expect(line(page, 1)).to_be_in_viewport()
    await pane.get_by_role("button", name="To the end").click()
    await expect(line(page, LINES)).to_be_in_viewport()
    await expect(pane.get_by_role("button", name="To the end")).to_have_count(0)

    await pane.get_by_role("button", name="First error: line 150,000").click()
    await expect(line(page, 150_000)).to_be_in_viewport()
    await expect(line(page, 150_000)).to_contain_text("ERROR: the kettle is empty")


async def colour(words: Locator) -> str:
    return str(await words.evaluate("element => getComputedStyle(element).color"))


async def test_a_log_is_searched_linked_to_and_downloaded(desk: Desk) -> None:
    client = desk.platform.client()
    ended = (await client.run(alone("long", LONG))).succeeded()
    await desk.sign_in(f"/runs/{ended.id}?node=long&tab=logs&stream=stdout")
    page = desk.page
    pane = page.get_by_role("region", name="Log of long")
    await expect(pane).to_contain_text("200,000 lines")
    await page.keyboard.press("/")
    field = pane.get_by_role("textbox", name="Search in the log")
    await expect(field).to_be_focused()
    await page.keyboard.type("Milestone")
    found = pane.get_by_role("search").get_by_role("status")
    await expect(found).to_have_text("1 of 3")
    for place, number in ((1, 50_000), (2, 100_000), (3, 200_000), (1, 50_000)):
        await page.keyboard.press("Enter")
        await expect(found).to_have_text(f"{place} of 3")
        await expect(line(page, number)).to_be_in_viewport()
    await expect(line(page, 50_000).locator("mark")).to_have_text("milestone")
    await pane.get_by_role("button", name="Previous line found").click()
    await expect(line(page, 200_000)).to_be_in_viewport()
    await field.fill("no such words")
    await expect(found).to_have_text("Not found")

    # A line has an address: whoever opens it sees that line.
    await pane.get_by_role("button", name="First error").click()
    await line(page, 150_001).get_by_role("link").click()
    await expect(page).to_have_url(re.compile("line=150001"))
    await page.reload()
    await expect(line(page, 150_001)).to_be_in_viewport()
    await expect(line(page, LINES)).to_have_count(0)

    async with page.expect_download() as started:
        await pane.get_by_role("link", name="Download this log").click()
    download = await started.value
    assert (await download.path()).read_bytes() == client.log(ended.id, "long")


@pytest.mark.embedded
@pytest.mark.separate
async def test_a_live_log_is_followed_over_a_broken_connection(desk: Desk, tmp_path: Path) -> None:
    signal = tmp_path / "enough"
    client = desk.platform.client()
    run = client.submit(alone("ticking", TICKING, signal=str(signal)))
    page = desk.page
    connections: list[WebSocketRoute] = []

    async def hold(connection: WebSocketRoute) -> None:
        """Offline keeps new connections from being made; this is how the old one breaks."""
        connection.connect_to_server()
        connections.append(connection)

    await page.route_web_socket(re.compile("/ws/logs"), hold)
    await desk.sign_in(f"/runs/{run}?node=ticking&tab=logs&stream=stdout")
    pane = page.get_by_role("region", name="Log of ticking")
    follow = pane.get_by_role("button", name="Follow")
    try:
        await expect(lines(page)).to_contain_text("tick 120")
        await let_go_and_follow(page, follow)
        await page.context.set_offline(True)
        for connection in connections:
            await connection.close(code=1001)
        await expect(pane.get_by_role("status").filter(has_text="Reconnecting since")).to_be_visible()
        await page.context.set_offline(False)
        await expect(pane.get_by_role("status").filter(has_text="Live")).to_be_visible()
    finally:
        signal.touch()
    await client.end_of(run)
    desk.forgive("ERR_INTERNET_DISCONNECTED")
    await expect(pane.get_by_role("status").filter(has_text="Complete")).to_be_visible()
    written = client.log(run, "ticking").decode().splitlines()
    await expect(pane).to_contain_text(f"{len(written):,} lines")
    await expect(line(page, len(written))).to_contain_text("last words")
    assert len(connections) > 1
    assert await shown(page) == written


async def test_a_line_that_is_chosen_in_a_live_log_stays_where_it_is(desk: Desk, tmp_path: Path) -> None:
    signal = tmp_path / "enough"
    client = desk.platform.client()
    run = client.submit(alone("ticking", TICKING, signal=str(signal)))
    page = desk.page
    await desk.sign_in(f"/runs/{run}?node=ticking&tab=logs&stream=stdout")
    follow = page.get_by_role("region", name="Log of ticking").get_by_role("button", name="Follow")
    try:
        await expect(lines(page)).to_contain_text("tick 120")
        # Pressed by a script: the line would run away from a pointer.
        chosen = int(await lines(page).evaluate(CHOOSE_FIRST_SEEN))
        await expect(page).to_have_url(re.compile(f"line={chosen}(&|$)"))
        await expect(follow).to_be_visible()
        await has_grown(page)
        await expect(line(page, chosen)).to_be_in_viewport()
    finally:
        signal.touch()
    await client.end_of(run)


async def let_go_and_follow(page: Page, follow: Locator) -> None:
    """Who scrolls up is left alone there, however much comes, until they ask for the end again."""
    await lines(page).hover()
    await page.mouse.wheel(0, -300)
    await expect(follow).to_be_visible()
    top, _ = await scrolled(page)
    await has_grown(page)
    assert (await scrolled(page))[0] == top
    await follow.click()
    await expect(follow).to_have_count(0)


async def has_grown(page: Page) -> None:
    _, height = await scrolled(page)

    async def is_higher() -> bool:
        return (await scrolled(page))[1] > height

    await eventually(is_higher, within=15, story="more lines come")


async def scrolled(page: Page) -> tuple[float, float]:
    """From the top, of how much."""
    top, height = await lines(page).evaluate("element => [element.scrollTop, element.scrollHeight]")
    return top, height


async def shown(page: Page) -> list[str]:
    """Every line that the page has, each where its number says."""
    return list(await lines(page).evaluate(READ_ALL))
