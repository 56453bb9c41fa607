"""Canaries: whatever lets somebody in is in no log of any service, neither used rightly nor wrongly."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from plynx_common.domain.tokens import new_api_token
from tests.e2e.client import Client
from tests.e2e.documents import single
from tests.e2e.reachable import Reachable

OUTPUT = single('echo said; echo made > "$PLYNX_OUTPUT_out"', outputs={"out": "text"})


async def test_no_log_has_a_token_a_session_a_ticket_or_a_signature(platform: Reachable, client: Client) -> None:
    forged = new_api_token(b"canary" + bytes(31)).text
    run = (await client.run(OUTPUT)).succeeded()
    digest = run.nodes["it"]["outputs"]["out"]["digest"]
    async with httpx.AsyncClient(base_url=platform.url) as browser:
        assert (await browser.get("/login", params={"token": platform.token})).status_code == 303
        session = next(iter(browser.cookies.values()))
        assert (await browser.get("/api/v1/me")).status_code == 200
        ours = {"Origin": platform.url}
        ticket = (await browser.post("/api/v1/tickets", headers=ours)).json()["ticket"]
        signed = (await browser.get(f"/api/v1/artifacts/{digest}/download")).headers["location"]
    await websocket(platform, ticket)
    with pytest.raises(InvalidStatus):
        await websocket(platform, ticket)
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(signed)).text == "made\n"
        assert (await stranger.get(f"{signed}tampered")).is_error
        assert (await stranger.get(f"{platform.url}/login", params={"token": forged})).status_code == 401
        wrong = {"Authorization": f"Bearer {forged}", "Cookie": f"plynx_session={forged}"}
        assert (await stranger.get(f"{platform.url}/api/v1/runs?token={forged}", headers=wrong)).status_code == 401

    # `plynx up` says its link to whoever has started it, wherever its words go.
    said = "\n".join(line for line in platform.log.splitlines() if not line.startswith("PLynx: "))
    assert "audited" in said
    for secret in (platform.token[12:], session[12:], forged[12:], ticket, *signature_of(signed)):
        assert secret not in said


async def websocket(platform: Reachable, ticket: str) -> None:
    async with connect(f"{platform.url.replace('http', 'ws', 1)}/ws?ticket={ticket}"):
        pass


def signature_of(url: str) -> list[str]:
    """Of S3, or our own."""
    query = parse_qsl(urlsplit(url).query)
    signatures = [value for name, value in query if name.lower() in ("grant", "x-amz-signature")]
    assert signatures, url
    return signatures
