"""What every answer says to browsers, which origins are ours, and where the way in is told."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from plynx_api.auditing import AUDIT
from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.testing.eventually import eventually
from tests.unit.api.parts import SECRET, Stage, problem, staged
from tests.unit.api.test_service import make_backends, served

V1 = "/api/v1"
SAFETY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


async def test_every_answer_has_the_headers_of_safety(stage: Stage) -> None:
    client = await stage.client()
    for path in ("/", "/login", "/healthz", f"{V1}/me", f"{V1}/nothing", f"{V1}/runs/none", "/openapi.json"):
        for each in (client, stage.with_headers()):
            headers = (await each.get(path)).headers
            assert {name: headers.get(name) for name in SAFETY} == SAFETY, path
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert "access-control-allow-origin" not in headers


async def test_pages_behind_a_proxy_that_renames_the_host_are_known_by_the_public_url() -> None:
    async with staged(public_url="https://plynx.example/") as stage:
        token = await stage.token()
        browser = stage.with_headers({"Cookie": f"__Host-plynx_session={token}"})
        body = {"label": "x"}
        ours = {"Origin": "https://plynx.example"}
        assert (await browser.post(f"{V1}/tokens", json=body, headers=ours)).status_code == 201
        for origin in ("https://plynx.example.evil", "https://evil.example", "null", ""):
            answer = await browser.post(f"{V1}/tokens", json=body, headers={"Origin": origin})
            assert "cross_site" in problem(answer, 403)["code"], origin


async def test_an_address_behind_a_proxy_is_believed_only_where_the_proxy_is_trusted(tmp_path: Path) -> None:
    for proxies, address in (("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")):
        backends = make_backends()
        async with served(tmp_path, backends, trusted_proxies=proxies) as place, httpx.AsyncClient() as http:
            forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            await http.get(f"{place.url}{V1}/me", headers=forwarded)

            assert await eventually(partial(addresses, backends.documents)) == [address]


async def addresses(documents: DocumentStore) -> list[str]:
    return [entry["address"] for entry in await documents.find(AUDIT, {})]


async def test_the_way_in_is_told_without_its_secret_where_words_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"port": 0, "bus_url": "amqp://of-a-service-of-its-own"}
    settings = ApiSettings(home=tmp_path, secret=SecretStr(SECRET), **options)
    async with api_service(settings, make_backends()) as address:
        token = json.loads((tmp_path / "client.json").read_text())["token"]
    said = capsys.readouterr()
    assert f"PLynx: {address.url} (sign in with the token in client.json of PLYNX_HOME)" in said.out
    assert token not in said.out + said.err


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_link_on_a_page_of_another_site_signs_nobody_in_unasked(stage: Stage, site: str) -> None:
    browser, token = stage.with_headers({"Sec-Fetch-Site": site}), await stage.token()
    page = await browser.get("/login", params={"token": token})
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert "another site" in page.text
    assert f'value="{token}"' in page.text
    typed = await stage.with_headers({"Sec-Fetch-Site": "none"}).get("/login", params={"token": token})
    assert "set-cookie" in typed.headers
