"""Files: brought in straight to the object store, looked at, used in a graph, and asked where they are from."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, Request, Route, expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.catalogue import NUMBERS
from tests.e2e.browser.desk import Desk
from tests.e2e.browser.drawing import card

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120),
    pytest.mark.embedded,
    pytest.mark.separate,
]

LARGE = 70 * 2**20
"""Bytes: so many are sent in parts."""
DROP = """([text, name]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name, { type: "text/csv" }));
    return carried;
}"""
"""What a person holds who drags a file over the page."""


def towns(first: int, count: int) -> bytes:
    """A table that no other story has."""
    return b"city,people\n" + b"".join(b"town-%d,%d\n" % (at, 10 * at) for at in range(first, first + count))


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


async def upload(page: Page, name: str, source: FilePayload | Path) -> Locator:
    """As one chooses it by the page's button; its row in the list."""
    await page.locator('input[type="file"][aria-label="Upload files"]').first.set_input_files(source)
    return page.get_by_role("region", name="Uploads").get_by_role("article", name=name, exact=True)


def sent_to_store(desk: Desk) -> list[Request]:
    """Bytes that go past the API, from now on."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "PUT" and not request.url.startswith(desk.platform.url):
            sent.append(request)

    desk.page.on("request", note)
    return sent


async def test_a_file_is_uploaded_looked_at_and_used_in_a_graph(desk: Desk) -> None:
    await desk.sign_in("/files")
    page = desk.page
    sent = sent_to_store(desk)
    row = await upload(page, "Cities of 2024.csv", file("Cities of 2024.csv", towns(1, 40)))
    await expect(row).to_contain_text("Stored")
    assert len(sent) == 1
    await expect(row.get_by_role("textbox", name="Name", exact=True)).to_have_value("cities-of-2024")
    await row.get_by_role("textbox", name="Title").fill("Cities")
    await row.get_by_role("button", name="Add to the files").click()
    await row.get_by_role("link", name="cities-of-2024@1").click()

    details = page.get_by_role("complementary", name="Cities")
    table = details.get_by_role("region", name="cities-of-2024", exact=True)
    heads = [re.compile("^citytext40 different values"), re.compile("^peopleint10 . 400mean 205")]
    await expect(table.get_by_role("columnheader")).to_have_text(heads)
    await expect(table.get_by_role("row")).to_have_count(41)
    await expect(table.get_by_role("row", name="town-40 400")).to_be_attached()

    await details.get_by_role("button", name="New graph with it").click()
    await expect(page).to_have_url(re.compile("/graphs/graph-"))
    await expect(card(page, "cities-of-2024")).to_be_visible()


async def test_the_same_bytes_are_sent_once_and_other_bytes_become_the_next_version(desk: Desk) -> None:
    await desk.sign_in("/files")
    page = desk.page
    row = await upload(page, "villages.csv", file("villages.csv", towns(100, 3)))
    await expect(row).to_contain_text("Stored")
    await row.get_by_role("button", name="Add to the files").click()
    await expect(row).to_contain_text("Added")

    sent = sent_to_store(desk)
    again = await upload(page, "copy.csv", file("copy.csv", towns(100, 3)))
    await expect(again).to_contain_text("Already there: nothing had to be sent")
    assert sent == []
    await again.get_by_role("button", name="Remove copy.csv from the list").click()
    await row.get_by_role("button", name="Remove villages.csv from the list").click()

    row = await upload(page, "villages.csv", file("villages.csv", towns(100, 4)))
    await expect(row).to_contain_text("Stored")
    await row.get_by_role("button", name="Add as version 2").click()
    await row.get_by_role("link", name="villages@2").click()
    details = page.get_by_role("complementary", name="villages")
    await expect(details.get_by_role("row", name="town-103 1030")).to_be_visible()
    await details.get_by_role("region", name="Versions").get_by_role("button", name="Version 1").click()
    await expect(details.get_by_role("row", name="town-102 1020")).to_be_visible()
    await expect(details.get_by_role("row", name="town-103 1030")).to_have_count(0)


async def test_what_produced_a_file_is_found_by_its_bytes_alone(desk: Desk) -> None:
    client = desk.platform.client()
    parameters = {"count": 77}
    nodes = [{"id": "made", "operation": "numbers", "parameters": parameters}]
    ended = (await client.run({"operations": {"numbers": NUMBERS}, "nodes": nodes})).succeeded()
    content = client.output(ended.id, "made", "table")

    await desk.sign_in("/files")
    page = desk.page
    sent = sent_to_store(desk)
    await page.locator('input[aria-label="What produced this?"]').set_input_files(file("found.csv", content))
    await expect(page).to_have_url(re.compile("/artifacts/[0-9a-f]{64}"))
    await expect(page.get_by_role("region", name="Produced by").get_by_role("link")).to_contain_text("made")

    # Dropped onto the page, it leads to the same place; bytes that nobody knows are said to be so.
    await desk.open("/files")
    await drop(page, content.decode(), "found.csv")
    await page.get_by_role("region", name="Produced by").get_by_role("link").click()
    await expect(page).to_have_url(re.compile(f"/runs/{ended.id}"))
    await desk.open("/files")
    await drop(page, "nobody has ever written this", "unknown.csv")
    said = page.get_by_role("status").filter(has_text="Nobody in the team has ever stored the content of “unknown.csv”")
    await expect(said).to_be_visible()
    desk.forgive("404")
    assert sent == []
    await said.get_by_role("button", name="Upload it").click()
    await expect(page.get_by_role("article", name="unknown.csv")).to_contain_text("Stored")


async def drop(page: Page, text: str, name: str) -> None:
    """Onto the half of the page that asks where it is from."""
    await expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    carried = await page.evaluate_handle(DROP, [text, name])
    await page.dispatch_event("body", "dragenter", {"dataTransfer": carried})
    target = page.get_by_text("Drop here to learn what produced it")
    await expect(target).to_be_visible()
    await target.dispatch_event("drop", {"dataTransfer": carried})


async def test_an_upload_in_parts_is_cancelled_and_begun_again(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "large.bin"
    source.write_bytes(random.Random(tmp_path.name).randbytes(LARGE))
    await desk.sign_in("/files")
    page = desk.page
    sent = sent_to_store(desk)

    held: list[Route] = []

    async def hold(route: Route) -> None:
        """Bytes get no answer; all else does."""
        if route.request.method == "PUT":
            held.append(route)
        else:
            await route.continue_()

    await page.route(lambda url: not url.startswith(desk.platform.url), hold)
    row = await upload(page, "large.bin", source)
    await expect(row).to_contain_text("Sending")
    await expect(row.get_by_role("progressbar", name="Sending: large.bin")).to_be_attached()
    await row.get_by_role("button", name="Cancel the upload of large.bin").click()
    await expect(row).to_contain_text("Cancelled")
    for route in held:
        await route.abort()
    await page.unroute_all(behavior="wait")

    sent.clear()
    await row.get_by_role("button", name="Upload large.bin again").click()
    await expect(row).to_contain_text("Stored", timeout=30_000)
    assert len(sent) > 1


async def test_several_files_are_added_at_once_and_one_is_pasted_as_a_node(desk: Desk) -> None:
    await desk.sign_in("/files")
    page = desk.page
    chosen = [file("rivers.csv", towns(500, 2)), file("rivers.csv", towns(500, 3)), file("lakes.csv", towns(500, 4))]
    await page.locator('input[type="file"][aria-label="Upload files"]').first.set_input_files(chosen)
    await page.get_by_role("button", name="Add all 3").click()
    uploads = page.get_by_role("region", name="Uploads")
    await expect(uploads.get_by_role("link", name="rivers@1")).to_be_visible()
    await expect(uploads.get_by_role("link", name="rivers@2")).to_be_visible()
    await expect(uploads.get_by_role("link", name="lakes@1")).to_be_visible()
    await uploads.get_by_role("button", name="Clear the finished ones").click()
    await expect(uploads).to_have_count(0)

    await page.get_by_role("textbox", name="Search files").fill("lakes")
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_role("link", name="lakes").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Copy as a node").click()
    await expect(page.get_by_role("button", name="Copied: paste it on a canvas")).to_be_visible()
    await desk.open("/graphs")
    await page.get_by_role("button", name="New graph").first.click()
    await page.locator(".react-flow__pane").click()
    await page.keyboard.press("Control+v")
    await expect(card(page, "lakes")).to_be_visible()
