"""Sign-ins and denials are told and kept; floods fill neither the log nor the store; no secret is in either."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from plynx_api import auditing
from plynx_api.auditing import AUDIT, SAME_FOR
from plynx_common.domain.access import Role
from plynx_common.interfaces.documents import Insert
from plynx_common.testing.eventually import eventually
from tests.unit.api.parts import Stage, problem

V1 = "/api/v1"
ACTIONS = ("create_token", "sign_in", "create_pool_token", "revoke_token")
OURS = {"Origin": "http://127.0.0.1:8470"}


async def kept(stage: Stage, count: int) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]]:
        found = await stage.backends.documents.find(AUDIT, {})
        assert len(found) == count, found
        return found

    return await eventually(there, story=f"{count} entries are kept")


async def test_a_denial_says_who_what_why_and_from_where(stage: Stage) -> None:
    viewer = await stage.client(Role.VIEWER)
    with capture_logs() as logs:
        answer = await viewer.post(f"{V1}/pools/tokens", json={})
    problem(answer, 403)
    (entry,) = await kept(stage, 1)
    assert (entry["action"], entry["outcome"], entry["team"]) == ("create_pool_token", "forbidden", "default")
    assert (entry["who"], entry["address"]) == ("viewer-of-default", "127.0.0.1")
    assert entry["request"] == answer.headers["x-request-id"]
    assert [event["action"] for event in logs if event["event"] == "audited"] == ["create_pool_token"]


async def test_sign_ins_are_kept_good_and_bad_ones_and_sign_outs(stage: Stage) -> None:
    browser = stage.with_headers()
    token = await stage.token()
    with capture_logs() as logs:
        await browser.get("/login", params={"token": "plx_wrong"})
        await browser.get("/login", params={"token": token})
        problem(await browser.post("/logout"), 403, "cross_site")
        await browser.post("/logout", headers=OURS)
    entries = await kept(stage, 4)
    told = [(entry["action"], entry["outcome"], entry["who"]) for entry in entries]
    assert sorted(told, key=str) == sorted(
        [
            ("sign_in", "unauthenticated", None),
            ("sign_in", "done", "owner-of-default"),
            ("sign_out", "cross_site", None),
            ("sign_out", "done", "owner-of-default"),
        ],
        key=str,
    )
    secret = token[12:]
    assert secret not in str(entries)
    assert secret not in str(logs)


async def test_tokens_that_are_made_and_revoked_are_kept_by_their_ids(stage: Stage) -> None:
    admin = await stage.client(Role.ADMIN)
    with capture_logs() as logs:
        made = (await admin.post(f"{V1}/tokens", json={"service": "ci"})).json()
        browser = stage.with_headers()
        await browser.get("/login", params={"token": made["token"]})
        pool = (await admin.post(f"{V1}/pools/tokens", json={"worker": "w-1", "pools": ["gpu"]})).json()
        assert (await admin.delete(f"{V1}/tokens/{made['id']}")).status_code == 204
    entries = await kept(stage, 5)
    by_action = {action: [entry for entry in entries if entry["action"] == action] for action in ACTIONS}
    assert [(entry["who"], entry["about"]) for entry in by_action["create_token"]] == [("admin-of-default", made["id"])]
    ((session,),) = [[entry["about"] for entry in by_action["sign_in"]]]
    assert session not in (None, made["id"])
    revoked = by_action["revoke_token"]
    assert {entry["about"] for entry in revoked} == {made["id"], session}
    assert {(entry["who"], entry["outcome"]) for entry in revoked} == {("admin-of-default", "done")}
    assert [entry["about"] for entry in by_action["create_pool_token"]] == ["w-1"]
    shown = (await admin.get(f"{V1}/audit")).json()["items"]
    assert [entry["about"] for entry in shown if entry["action"] == "create_token"] == [made["id"]]
    for secret in (made["token"][12:], pool["token"], browser.cookies["plynx_session"][12:]):
        assert secret not in str(entries)
        assert secret not in str(logs)


async def test_entries_of_an_earlier_release_are_shown(stage: Stage) -> None:
    admin = await stage.client(Role.ADMIN)
    await admin.post(f"{V1}/tokens", json={})
    (entry,) = await kept(stage, 1)
    old = {name: value for name, value in entry.items() if name not in ("about", "_id")}
    await stage.backends.documents.write([Insert(AUDIT, {"_id": "2026-01-01-old", **old})])
    shown = (await admin.get(f"{V1}/audit")).json()["items"]
    assert [entry["about"] is None for entry in shown] == [False, True]


async def test_a_flood_of_denials_is_told_once_a_minute(stage: Stage) -> None:
    stranger = stage.with_headers()
    for _ in range(5):
        problem(await stranger.get(f"{V1}/runs"), 401)
    await kept(stage, 1)
    await stage.clock.advance(SAME_FOR + 1)
    for _ in range(5):
        problem(await stranger.get(f"{V1}/runs"), 401)
    await kept(stage, 2)


async def test_only_the_newest_entries_stay(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MOST_KEPT", 2)
    monkeypatch.setattr(auditing, "TRIMMED_EVERY", 1)
    token = await stage.token()
    for _ in range(4):
        await stage.with_headers().get("/login", params={"token": token})
        await stage.clock.advance(1)
    found = await kept(stage, 2)
    assert [entry["at"] for entry in found] == sorted(entry["at"] for entry in found)[-2:]


async def test_admins_read_it_and_others_do_not(stage: Stage) -> None:
    viewer, admin, theirs = (
        await stage.client(Role.VIEWER),
        await stage.client(Role.ADMIN),
        await stage.client(Role.OWNER, team="others"),
    )
    problem(await viewer.get(f"{V1}/audit"), 403)
    await kept(stage, 1)
    shown = (await admin.get(f"{V1}/audit")).json()["items"]
    assert [(entry["action"], entry["who"]) for entry in shown] == [("list_audit", "viewer-of-default")]
    assert (await theirs.get(f"{V1}/audit")).json()["items"] == []
