"""The browser application: served with its policy, kept by browsers, opened after a sign-in where it was wanted."""

from __future__ import annotations

import gzip
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from plynx_api.site import SCREENS, load_site
from plynx_common.domain.errors import Misconfigured
from tests.unit.api.parts import Stage, problem, settings, staged

INDEX = "<!doctype html><title>PLynx</title>"
SCRIPT = "export const answer = 42;"
NAMED = "assets/index-Abc123.js"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name, text in (("index.html", INDEX), (NAMED, SCRIPT), ("assets/plynx.svg", "<svg/>")):
        (tmp_path / name).write_text(text)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (tmp_path / "built-from").write_text("0" * 64)
    return tmp_path


@pytest.fixture
async def stage(build: Path) -> AsyncGenerator[Stage]:
    async with staged(site=build) as found:
        yield found


async def signed_in(stage: Stage) -> httpx.AsyncClient:
    browser = stage.with_headers()
    await browser.get("/login", params={"token": await stage.token()})
    return browser


async def test_every_screen_is_the_application_for_who_is_signed_in(stage: Stage) -> None:
    browser = await signed_in(stage)
    for path in ("/", *(f"/{screen}" for screen in SCREENS), "/runs/run-1", "/operations/team/name@3"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.text) == (200, INDEX), path
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
    problem(await browser.get("/nowhere"), 404)
    problem(await browser.get("/api/v1/nowhere"), 404)


async def test_its_policy_lets_only_its_own_scripts_run_and_bytes_go_to_the_stores(stage: Stage) -> None:
    policy = (await (await signed_in(stage)).get("/runs")).headers["content-security-policy"]
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]
    assert rules["script-src"] == ["'self'"]
    stores = rules["connect-src"][1:]
    assert stores
    assert all(origin.startswith("http") and origin.count("/") == 2 for origin in stores)
    assert rules["frame-src"] == rules["connect-src"]
    assert rules["img-src"] == ["'self'", "data:", "blob:", *stores]


async def test_files_are_kept_for_ever_by_the_digest_in_their_name_and_sent_compressed(stage: Stage) -> None:
    stranger = stage.with_headers({"Accept-Encoding": "gzip"})
    answer = await stranger.get(f"/{NAMED}")
    assert answer.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert (await stranger.get("/assets/plynx.svg")).headers["cache-control"] == "no-cache"
    plain = await stage.with_headers({"Accept-Encoding": "identity"}).get(f"/{NAMED}")
    assert (plain.text, plain.headers.get("content-encoding")) == (SCRIPT, None)
    again = await stranger.get(f"/{NAMED}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_but_the_build_is_served(stage: Stage) -> None:
    stranger = stage.with_headers()
    for path in ("assets/none.js", "assets/../built-from", "assets/..%2fbuilt-from", f"{NAMED}.gz", "assets/%00"):
        problem(await stranger.get(f"/{path}"), 404)


async def test_a_stranger_comes_back_to_the_page_that_was_asked_for(stage: Stage) -> None:
    browser = stage.with_headers()
    sent = await browser.get("/runs/run-1?node=train&tab=logs")
    assert sent.status_code == 303
    page = await browser.get(sent.headers["location"])
    assert 'name="next" value="/runs/run-1?node=train&amp;tab=logs"' in page.text
    wanted = {"token": await stage.token(), "next": "/runs/run-1?node=train&tab=logs"}
    assert (await browser.get("/login", params=wanted)).headers["location"] == wanted["next"]


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "runs", "", "/a\r\nb: c"]
)
async def test_a_sign_in_leads_to_no_other_site(stage: Stage, address: str) -> None:
    answer = await stage.with_headers().get("/login", params={"token": await stage.token(), "next": address})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_without_a_build_the_reference_stands_in_and_says_how_to_get_one() -> None:
    async with staged() as stage:
        browser = await signed_in(stage)
        for path in ("/", "/runs"):
            page = await browser.get(path)
            assert page.status_code == 200
            assert "not built" in page.text
            assert "/api/v1/runs/{run_id}/cancel" in page.text
        assert (await browser.get("/api/v1/runs")).status_code == 200
        problem(await browser.get(f"/{NAMED}"), 404)


def test_a_folder_without_a_build_is_refused_when_the_service_starts(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"PLYNX_API_SITE.*index\.html"):
        load_site(settings(site=tmp_path))
