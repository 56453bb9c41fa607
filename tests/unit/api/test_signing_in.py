"""Browsers: the sign-in link, the session, the pages; and what pages of other sites may not."""

from __future__ import annotations

from datetime import timedelta

import httpx

from plynx_common.domain.access import Principal, PrincipalKind, Role
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.repositories.api_tokens import TOKENS
from tests.unit.api.parts import Stage, problem, staged

V1 = "/api/v1"
OURS = {"Origin": "http://127.0.0.1:8470"}


async def signed_in(stage: Stage) -> httpx.AsyncClient:
    browser = stage.with_headers()
    answer = await browser.get("/login", params={"token": await stage.token()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return browser


async def test_the_sign_in_link_opens_a_session_and_the_reference(stage: Stage) -> None:
    browser = await signed_in(stage)
    page = await browser.get("/reference")
    assert page.status_code == 200
    assert "/api/v1/runs/{run_id}/cancel" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await browser.get(f"{V1}/me")).json()["role"] == "owner"
    assert (await browser.get("/openapi.json")).status_code == 200


async def test_a_stranger_is_sent_to_the_sign_in_page_and_a_wrong_token_stays_there(stage: Stage) -> None:
    stranger = stage.with_headers()
    home = await stranger.get("/")
    assert (home.status_code, home.headers["location"]) == (303, "/login")
    wrong = await stranger.get("/login", params={"token": "plx_<b>wrong"})
    assert wrong.status_code == 401
    assert "malformed" in wrong.text
    assert "set-cookie" not in wrong.headers
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"token={await stage.token()}"
    problem(await stranger.post("/login", content=body, headers=form), 403, "cross_site")
    entered = await stranger.post("/login", content=body, headers={**form, **OURS})
    assert entered.status_code == 303
    problem(await stranger.post("/login", content=b"x" * 100_000, headers={**form, **OURS}), 413)


async def test_a_page_of_another_site_may_change_nothing(stage: Stage) -> None:
    browser = await signed_in(stage)
    body = {"label": "mine"}
    for headers in (
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ):
        problem(await browser.post(f"{V1}/tokens", json=body, headers=headers), 403, "cross_site")
    assert (await browser.post(f"{V1}/tokens", json=body, headers=OURS)).status_code == 201
    same = {"Sec-Fetch-Site": "same-origin"}
    assert (await browser.post(f"{V1}/tokens", json=body, headers=same)).status_code == 201
    assert (await browser.get(f"{V1}/runs", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_signing_out_ends_the_session_for_good(stage: Stage) -> None:
    browser = await signed_in(stage)
    session = dict(browser.cookies)
    assert (await browser.post("/logout", headers=OURS)).status_code == 303
    again = stage.with_headers({"Cookie": "; ".join(f"{name}={value}" for name, value in session.items())})
    assert "revoked" in problem(await again.get(f"{V1}/me"), 401)["detail"]


async def test_revoking_the_token_ends_the_sessions_that_it_opened(stage: Stage) -> None:
    token = await stage.token()
    browser, program = stage.with_headers(), stage.with_headers({"Authorization": f"Bearer {token}"})
    await browser.get("/login", params={"token": token})
    id = (await program.get(f"{V1}/me")).json()["token_id"]
    assert (await program.delete(f"{V1}/tokens/{id}")).status_code == 204
    problem(await browser.get(f"{V1}/me"), 401)


async def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    async with staged(public_url="https://plynx.example") as stage:
        answer = await stage.with_headers().get("/login", params={"token": await stage.token()})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-plynx_session=")
        assert "Secure" in cookie
        assert "Path=/" in cookie


async def test_a_session_ends_with_the_token_that_opened_it_however_long_sessions_last(stage: Stage) -> None:
    browser = stage.with_headers()
    entered = await browser.get("/login", params={"token": await stage.token(lifetime=timedelta(hours=1))})
    assert "Max-Age=3600;" in entered.headers["set-cookie"]
    await stage.clock.advance(3599)
    assert (await browser.get(f"{V1}/me")).status_code == 200
    await stage.clock.advance(2)
    problem(await browser.get(f"{V1}/me"), 401)


async def test_no_session_opens_with_a_token_that_another_process_has_just_revoked(stage: Stage) -> None:
    """This one may remember it as good for some seconds, and the sweep over its sessions is over."""
    token, documents = await stage.token(), stage.backends.documents
    id = token[4:12]
    await stage.context.tokens.verify(token)
    await documents.write([CompareAndSet(TOKENS, id, {}, {"revoked_at": timestamp(stage.clock.now())})])
    refused = await stage.with_headers().get("/login", params={"token": token})
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    assert "revoked" in refused.text
    assert await documents.find(TOKENS, {"session_of": id, "revoked_at": None}) == []


async def test_sessions_that_are_over_leave_the_store_at_the_next_sign_in(stage: Stage) -> None:
    token, documents = await stage.token(), stage.backends.documents
    for _ in range(3):
        await stage.with_headers().get("/login", params={"token": token})
        await stage.clock.advance(stage.context.settings.session_lifetime.total_seconds() / 2)
    assert len(await documents.find(TOKENS, {"session_of": token[4:12]})) == 2


async def test_a_session_opened_with_a_session_ends_with_the_token_of_both(stage: Stage) -> None:
    token = await stage.token()
    browser, other = stage.with_headers(), stage.with_headers()
    await browser.get("/login", params={"token": token})
    await other.get("/login", params={"token": next(iter(browser.cookies.values()))})
    assert (await other.get(f"{V1}/me")).status_code == 200
    owner = await stage.client(Role.OWNER)
    assert (await owner.delete(f"{V1}/tokens/{token[4:12]}")).status_code == 204
    await stage.clock.advance(5)
    problem(await other.get(f"{V1}/me"), 401)


async def test_a_token_of_another_role_opens_a_session_of_its_own(stage: Stage) -> None:
    browser = await signed_in(stage)
    principal = Principal(PrincipalKind.PERSON, "owner-of-default", "default", Role.VIEWER)
    weaker, _ = await stage.context.tokens.create(principal)
    await browser.get("/login", params={"token": weaker})
    assert (await browser.get(f"{V1}/me")).json()["role"] == "viewer"
