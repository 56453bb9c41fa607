"""A page of another origin uploads as a worker does, because the storage service tells browsers that it may."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from plynx_common.runtime.backends import Backends
from plynx_common.testing.fake_clock import FakeClock
from tests.unit.storage_parts import Client, backends_in, described, digest, person_token, running, settings_in

CONTENT = b"a,b\n1,2\n"
PAGE = "https://plynx.example.org"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def backends(tmp_path: Path, clock: FakeClock) -> Backends:
    return backends_in(tmp_path / "objects", clock)


@pytest.fixture
async def client(tmp_path: Path, backends: Backends) -> AsyncGenerator[Client]:
    async with running(settings_in(tmp_path), backends) as client:
        yield client


@pytest.fixture
async def browser() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Origin": PAGE}) as browser:
        yield browser


async def _preflight(browser: aiohttp.ClientSession, url: URL | str, method: str) -> aiohttp.ClientResponse:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type,if-none-match"}
    return await browser.options(url, headers=asked)


@pytest.mark.parametrize(("path", "method"), [("/transfers/uploads", "POST"), ("/objects/some/key?grant=x", "PUT")])
async def test_a_browser_that_asks_may_upload_from_any_page(
    client: Client, browser: aiohttp.ClientSession, path: str, method: str
) -> None:
    answer = await _preflight(browser, client.url + path, method)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_page_reads_the_answers_and_the_etag_of_what_it_sent(
    client: Client, browser: aiohttp.ClientSession, clock: FakeClock
) -> None:
    body = {"token": person_token(clock, may_upload=True), "objects": [described(CONTENT)]}
    asked = await browser.post(f"{client.url}/transfers/uploads", json=body)
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    request = (await asked.json())["uploads"][0]["request"]
    url = URL(request["url"], encoded=True)
    sent = await browser.put(url, headers=request["headers"], data=CONTENT)
    assert (sent.status, sent.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert sent.headers["ETag"]
    assert "ETag" in sent.headers["Access-Control-Expose-Headers"]


async def test_a_page_can_read_why_it_is_refused(client: Client, browser: aiohttp.ClientSession) -> None:
    calls = await browser.post(f"{client.url}/transfers/uploads", json={"token": "forged", "objects": []})
    bytes_ = await browser.put(f"{client.url}/objects/default/x?grant=forged", data=b"")
    for answer, status in ((calls, 401), (bytes_, 403)):
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")


async def test_pages_of_other_origins_read_no_objects(
    client: Client, browser: aiohttp.ClientSession, backends: Backends
) -> None:
    assert (await _preflight(browser, f"{client.url}/health", "GET")).status == 404
    for path in ("/health", f"/objects/{digest(CONTENT)}?grant=x"):
        assert "Access-Control-Allow-Origin" not in (await browser.get(client.url + path)).headers
