"""Artifacts as what they are: each form of preview, with nothing in them that reaches the application around it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from plynx_common.testing.eventually import eventually
from tests.e2e.browser.desk import Desk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

REPORT = """<!doctype html><title>Report</title><h1>Report of the night</h1><ul id="said"></ul><script>
const say = (what, told) => { said.innerHTML += `<li id="${what}">${told}</li>`; };
const attempt = (what, act) => { try { say(what, "got " + act()); } catch (error) { say(what, error.name); } };
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("parent", () => parent.document.title);
attempt("top", () => { top.location = "about:blank"; return "away"; });
fetch("@API@/api/v1/me", { credentials: "include" })
  .then((answer) => answer.text()).then((text) => say("fetch", "got " + text), (error) => say("fetch", error.name));
fetch("@API@/api/v1/me", { mode: "no-cors", credentials: "include" })
  .then(() => say("blind", "got"), (error) => say("blind", error.name));
</script>"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200" viewBox="0 0 320 200">
<script>document.documentElement.setAttribute("width", 1)</script><rect width="320" height="200" fill="teal"/></svg>"""
FORMS: dict[str, Any] = {
    "name": "forms",
    "kind": "python",
    "parameters": [{"name": "report", "type": "text"}, {"name": "picture", "type": "text"}],
    "outputs": [
        {"name": "page", "type": "html"},
        {"name": "picture", "type": "image"},
        {"name": "tree", "type": "json"},
        {"name": "words", "type": "text"},
        {"name": "folder", "type": "directory"},
    ],
    "cmd": """import json
from pathlib import Path

Path(outputs["page"]).write_text(params["report"])
Path(outputs["picture"]).write_text(params["picture"])
Path(outputs["tree"]).write_text(json.dumps({"model": {"layers": [1, 2, {"name": "last"}]}, "score": 0.75}))
Path(outputs["words"]).write_text("".join(f"word {number}\\n" for number in range(60_000)))
folder = Path(outputs["folder"])
(folder / "deep").mkdir(parents=True)
(folder / "notes.txt").write_text("kept in a folder")
(folder / "deep" / "table.csv").write_text("city,people\\nUlm,3\\n")
""",
}


async def forms(desk: Desk) -> dict[str, str]:
    """The digests of one artifact in each form, by output; the second story finds them in the cache."""
    client = desk.platform.client()
    values = {"report": REPORT.replace("@API@", desk.platform.url), "picture": PICTURE}
    nodes = [{"id": "forms", "operation": "forms", "parameters": values}]
    ended = (await client.run({"operations": {"forms": FORMS}, "nodes": nodes})).succeeded()
    return {name: output["digest"] for name, output in ended.nodes["forms"]["outputs"].items()}


def preview(page: Page, digest: str) -> Locator:
    return page.get_by_role("region", name=f"Preview of {digest[:16]}")


@pytest.mark.embedded  # a bucket cannot send the policy
async def test_a_page_that_a_run_wrote_is_shown_and_reaches_nothing(desk: Desk) -> None:
    digest = (await forms(desk))["page"]
    await desk.sign_in(f"/artifacts/{digest}")
    page = desk.page
    held = preview(page, digest).locator("iframe")
    await expect(held).to_have_attribute("sandbox", "allow-scripts")
    report = held.content_frame
    await expect(report.get_by_role("heading", name="Report of the night")).to_be_visible()
    await expect(report.locator("#cookie")).to_have_text("SecurityError")
    await expect(report.locator("#storage")).to_have_text("SecurityError")
    await expect(report.locator("#parent")).to_have_text("SecurityError")
    await expect(report.locator("#top")).to_have_text("SecurityError")
    await expect(report.locator("#fetch")).to_have_text("TypeError")
    await expect(report.locator("#blind")).to_have_text("TypeError")
    desk.forgive("/objects/")


@pytest.mark.separate
async def test_where_the_bucket_has_the_host_of_the_platform_a_page_is_shown_without_its_scripts(desk: Desk) -> None:
    digest = (await forms(desk))["page"]
    await desk.sign_in(f"/artifacts/{digest}")
    held = preview(desk.page, digest).locator("iframe")
    await expect(held).to_have_attribute("sandbox", "")
    report = held.content_frame
    await expect(report.get_by_role("heading", name="Report of the night")).to_be_visible()
    await expect(report.get_by_role("listitem")).to_have_count(0)
    desk.forgive("about:srcdoc")


@pytest.mark.embedded
@pytest.mark.separate
async def test_pictures_trees_texts_and_folders_are_shown_as_such(desk: Desk) -> None:
    made = await forms(desk)
    await desk.sign_in(f"/artifacts/{made['picture']}")
    page = desk.page
    picture = preview(page, made["picture"]).get_by_role("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [320, 200]
    await page.get_by_role("button", name=re.compile("^Enlarge")).click()
    await expect(page.get_by_role("dialog").get_by_role("figure")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)

    await desk.open(f"/artifacts/{made['tree']}")
    tree = preview(page, made["tree"])
    await expect(tree).to_contain_text("score: 0.75")
    await tree.get_by_text("layers:").click()
    await tree.get_by_text("{ 1 }").click()
    await expect(tree).to_contain_text('name: "last"')
    await tree.get_by_role("button", name="Show as text").click()
    await expect(tree.get_by_role("document")).to_contain_text('{"model": {"layers": [1, 2')

    await desk.open(f"/artifacts/{made['folder']}")
    folder = preview(page, made["folder"])
    await folder.get_by_role("button", name="notes.txt").click()
    inside = page.get_by_role("region", name="/ notes.txt")
    await expect(inside.get_by_role("document")).to_have_text("kept in a folder")
    await inside.get_by_role("button", name=re.compile("^Back to")).click()
    await folder.get_by_role("button", name="deep/table.csv").click()
    await expect(page.get_by_role("row", name="Ulm 3")).to_be_visible()


async def test_a_long_text_is_loaded_piece_by_piece_to_its_end(desk: Desk) -> None:
    digest = (await forms(desk))["words"]
    await desk.sign_in(f"/artifacts/{digest}")
    shown = preview(desk.page, digest)
    text = shown.get_by_role("document")
    await expect(text).to_contain_text("word 100\n")
    more = shown.get_by_role("button", name="Load more")
    pieces = 0
    while await more.count():
        length = len(await text.text_content() or "")
        await more.click()
        pieces += 1

        async def has_grown(before: int = length) -> bool:
            return len(await text.text_content() or "") > before

        await eventually(has_grown, within=15, story="the next piece comes")
    assert pieces > 1
    assert await text.text_content() == desk.platform.client().artifact(digest).decode()
