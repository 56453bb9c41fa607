"""Artifacts move by signed requests: who may store and read what, and what is refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.ids import artifact_key
from plynx_common.domain.tokens import PoolToken
from plynx_common.interfaces.documents import CompareAndSet
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.points import arm, raising
from plynx_common.testing.fake_clock import FakeClock
from plynx_storage.service import storage
from tests.unit.storage_parts import (
    SIGNER,
    TEAM,
    Client,
    attempt_token,
    backends_in,
    claimed,
    closed,
    described,
    digest,
    person_token,
    receipt,
    running,
    settings_in,
)

CONTENT = b"a,b\n1,2\n"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def backends(tmp_path: Path, clock: FakeClock) -> Backends:
    return backends_in(tmp_path / "objects", clock)


@pytest.fixture
async def client(tmp_path: Path, backends: Backends) -> AsyncGenerator[Client]:
    await claimed(backends.documents)
    async with running(settings_in(tmp_path), backends) as client:
        yield client


@pytest.fixture
def token(clock: FakeClock) -> str:
    return attempt_token(clock, reads=[digest(CONTENT)])


async def test_an_attempt_stores_an_output_and_gets_a_receipt_that_holds_for_its_team(
    client: Client, token: str, backends: Backends
) -> None:
    reply = await client.store(token, CONTENT)
    assert reply.status == 200
    signed = receipt(reply.json["receipts"][0])
    assert SIGNER.receipt_is_valid(TEAM, signed)
    assert not SIGNER.receipt_is_valid("other", signed)
    assert await backends.objects.get(artifact_key(TEAM, digest(CONTENT))) == CONTENT
    entry = await backends.documents.get("artifacts", f"{TEAM}/{digest(CONTENT)}")
    assert entry is not None
    assert (entry["state"], entry["size"], entry["type"]) == ("live", len(CONTENT), "csv")
    assert (entry["team"], entry["created_by"]) == (TEAM, "run_1/train/1")


async def test_what_the_team_has_is_not_uploaded_twice_and_its_receipt_comes_at_once(
    client: Client, token: str
) -> None:
    await client.store(token, CONTENT)
    reply = await client.call("uploads", {"token": token, "objects": [described(CONTENT, "table")]})
    (upload,) = reply.json["uploads"]
    assert upload["state"] == "exists"
    signed = receipt(upload["receipt"])
    assert signed.type == "table"
    assert SIGNER.receipt_is_valid(TEAM, signed)


async def test_what_is_in_the_catalogue_but_lost_from_the_disk_is_uploaded_again(
    client: Client, token: str, backends: Backends
) -> None:
    await client.store(token, CONTENT)
    await backends.objects.delete(artifact_key(TEAM, digest(CONTENT)))
    assert (await client.store(token, CONTENT)).status == 200
    assert await backends.objects.get(artifact_key(TEAM, digest(CONTENT))) == CONTENT


async def test_one_commit_gives_the_receipts_of_all_objects_of_a_node_in_order(client: Client, token: str) -> None:
    contents = [b"", b"one", b"x" * 300_000]
    objects = [described(content) for content in contents]
    reply = await client.call("uploads", {"token": token, "objects": objects})
    for upload, content in zip(reply.json["uploads"], contents, strict=True):
        assert (await client.send(upload["request"], content)).status == 200
    receipts = (await client.call("commits", {"token": token, "objects": objects})).json["receipts"]
    assert [each["digest"] for each in receipts] == [digest(content) for content in contents]


async def test_a_commit_of_what_was_never_uploaded_names_it(client: Client, token: str, backends: Backends) -> None:
    await client.store(token, CONTENT)
    reply = await client.call("commits", {"token": token, "objects": [described(CONTENT), described(b"never")]})
    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert digest(b"never") in reply.json["title"]
    assert await backends.documents.get("artifacts", f"{TEAM}/{digest(b'never')}") is None


async def test_a_commit_with_another_size_than_the_bytes_have_is_refused(client: Client, token: str) -> None:
    await client.store(token, CONTENT)
    wrong = {**described(CONTENT), "size": 3}
    reply = await client.call("commits", {"token": token, "objects": [wrong]})
    assert reply.status == 409
    assert f"{len(CONTENT)} bytes, expected 3" in reply.json["title"]


async def test_many_uploads_of_the_same_bytes_at_once_all_end_with_a_receipt(
    client: Client, token: str, backends: Backends
) -> None:
    replies = await asyncio.gather(*(client.store(token, CONTENT) for _ in range(10)))
    assert {reply.status for reply in replies} == {200}
    assert await backends.documents.count("artifacts", {}) == 1


async def test_an_artifact_that_is_being_deleted_is_neither_there_nor_committed(
    client: Client, token: str, backends: Backends, clock: FakeClock
) -> None:
    await client.store(token, CONTENT)
    id = f"{TEAM}/{digest(CONTENT)}"
    await clock.advance(120)
    await backends.documents.write([CompareAndSet("artifacts", id, {"state": "live"}, {"state": "deleting"})])
    asked = await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})
    assert asked.json["uploads"][0]["state"] == "put"
    reply = await client.call("commits", {"token": token, "objects": [described(CONTENT)]})
    assert reply.status == 409
    assert "being deleted" in reply.json["title"]


async def test_existence_commit_and_touch_raise_touched_at_but_not_more_than_once_a_minute(
    client: Client, token: str, backends: Backends, clock: FakeClock
) -> None:
    async def touched_at() -> str:
        entry = await backends.documents.get("artifacts", f"{TEAM}/{digest(CONTENT)}")
        assert entry is not None
        return str(entry["touched_at"])

    await client.store(token, CONTENT)
    first = await touched_at()
    await clock.advance(30)
    await client.store(token, CONTENT)
    assert await touched_at() == first
    await clock.advance(31)
    await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})
    assert await touched_at() > first


async def test_an_attempt_reads_what_its_token_names_and_nothing_else(client: Client, token: str) -> None:
    await client.store(token, CONTENT)
    await client.store(token, b"other")
    reply = await client.call("downloads", {"token": token, "digests": [digest(CONTENT)]})
    (download,) = reply.json["downloads"]
    got = await client.send(download["request"])
    assert (got.status, got.body) == (200, CONTENT)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    refused = await client.call("downloads", {"token": token, "digests": [digest(CONTENT), digest(b"other")]})
    assert refused.status == 403
    assert digest(b"other") in refused.json["title"]


async def test_a_page_is_served_in_a_sandbox_that_reaches_nothing_of_ours(client: Client, backends: Backends) -> None:
    await backends.objects.put("team/page", b"<script>fetch('/')</script>")
    expires, page = timedelta(minutes=5), "text/html; charset=utf-8"
    signed = backends.objects.presign_get("team/page", expires=expires, content_type=page, filename="x", inline=True)
    got = await client.send({"method": "GET", "url": signed.url, "headers": {"Cookie": "plynx_session=x"}})
    assert (got.status, got.headers["Content-Type"], got.headers["Content-Disposition"][:6]) == (200, page, "inline")
    rules = [rule.split() for rule in got.headers["Content-Security-Policy"].split(";")]
    policy = {name: values for name, *values in rules}
    # Neither allow-same-origin (the origin, and with it the cookies, of the API's host), nor forms, pop-ups, the top.
    assert policy["sandbox"] == ["allow-scripts"]
    assert policy["connect-src"] == policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert (got.headers["X-Content-Type-Options"], got.headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & set(got.headers)
    download = backends.objects.presign_get("team/page", expires=expires, content_type=page, filename="x")
    got = await client.send({"method": "GET", "url": download.url, "headers": {}})
    assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_the_same_digest_in_another_team_is_another_artifact(
    client: Client, token: str, clock: FakeClock
) -> None:
    await client.store(token, CONTENT)
    stranger = person_token(clock, team="other", reads=[digest(CONTENT)], may_upload=True)
    asked = await client.call("uploads", {"token": stranger, "objects": [described(CONTENT)]})
    assert asked.json["uploads"][0]["state"] == "put"
    read = await client.call("downloads", {"token": stranger, "digests": [digest(CONTENT)]})
    assert (await client.send(read.json["downloads"][0]["request"])).status == 404


async def test_a_person_uploads_a_file_only_with_a_token_that_says_so(client: Client, clock: FakeClock) -> None:
    assert (await client.store(person_token(clock, may_upload=True), CONTENT)).status == 200
    reader = person_token(clock, reads=[digest(CONTENT)])
    refused = await client.call("uploads", {"token": reader, "objects": [described(b"x")]})
    assert refused.status == 403
    assert "'alice'" in refused.json["title"]
    assert (await client.call("commits", {"token": reader, "objects": [described(CONTENT)]})).status == 403
    assert (await client.call("downloads", {"token": reader, "digests": [digest(CONTENT)]})).status == 200


async def test_an_attempt_that_has_ended_may_store_nothing_more(client: Client, token: str, backends: Backends) -> None:
    await closed(backends.documents)
    reply = await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})
    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert "'run_1/train/1' has ended" in reply.json["title"]


async def test_an_attempt_that_was_overtaken_may_store_nothing_more(
    client: Client, token: str, backends: Backends
) -> None:
    fields = {"attempt": 2, "closed_attempt": 0}
    await backends.documents.write([CompareAndSet("node_runs", "run_1/train", {}, fields)])
    assert (await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})).status == 409


async def test_another_claim_another_team_and_an_unknown_node_may_store_nothing(
    client: Client, clock: FakeClock, backends: Backends
) -> None:
    objects = [described(CONTENT)]
    for forged in (attempt_token(clock, claim="other"), attempt_token(clock, team="other")):
        assert (await client.call("uploads", {"token": forged, "objects": objects})).status == 403
    await backends.documents.write([CompareAndSet("node_runs", "run_1/train", {}, {"team": "other"})])
    assert (await client.call("uploads", {"token": attempt_token(clock), "objects": objects})).status == 403


async def test_an_expired_or_foreign_token_is_told_apart(client: Client, token: str, clock: FakeClock) -> None:
    body: dict[str, Any] = {"token": token, "objects": [described(CONTENT)]}
    pool = PoolToken(TEAM, "w", ()).sign(SIGNER, expires_at=clock.now() + timedelta(days=1))
    foreign = await client.call("uploads", {**body, "token": pool})
    assert (foreign.status, foreign.json["code"]) == (401, "unauthenticated")
    await clock.advance(15 * 60)
    expired = await client.call("uploads", body)
    assert expired.status == 401
    assert "expired" in expired.json["title"]
    person = await client.call("uploads", {**body, "token": person_token(FakeClock(), may_upload=True)})
    assert "transfer token expired" in person.json["title"]


async def test_an_address_is_good_for_its_time_only(client: Client, token: str, clock: FakeClock) -> None:
    asked = await client.call("uploads", {"token": token, "objects": [described(CONTENT)]})
    request = asked.json["uploads"][0]["request"]
    await clock.advance(15 * 60)
    assert (await client.send(request, CONTENT)).status == 403


OBJECTS: list[Any] = [
    None,
    [],
    ["x"],
    [{}],
    [{"digest": "x" * 64, "size": 1, "type": "csv"}],
    [{"digest": "A" * 64, "size": 1, "type": "csv"}],
    [{"digest": "../" * 21 + "a", "size": 1, "type": "csv"}],
    [{"digest": "a" * 64, "size": -1, "type": "csv"}],
    [{"digest": "a" * 64, "size": True, "type": "csv"}],
    [{"digest": "a" * 64, "size": 1.5, "type": "csv"}],
    [{"digest": "a" * 64, "size": 2**60, "type": "csv"}],
    [{"digest": "a" * 64, "size": 1, "type": ""}],
    [{"digest": "a" * 64, "size": 1, "type": "a\nb"}],
    [{"digest": "a" * 64, "size": 1, "type": 7}],
    [{"digest": "a" * 64, "size": 1, "type": "csv"}] * 1001,
]


@pytest.mark.parametrize("objects", OBJECTS)
async def test_a_malformed_list_of_objects_is_a_clear_error(client: Client, token: str, objects: Any) -> None:
    for call in ("uploads", "commits"):
        reply = await client.call(call, {"token": token, "objects": objects})
        assert (reply.status, reply.json["code"]) == (422, "invalid_input")
        assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [[], "x", 7, None, {}, {"token": 7}, {"token": "x"}])
async def test_a_malformed_call_is_a_clear_error(client: Client, body: Any) -> None:
    for call in ("uploads", "commits", "downloads", "parts", "completions", "aborts"):
        assert (await client.call(call, body)).status in {401, 422}


async def test_unknown_paths_are_not_found_and_health_answers(client: Client) -> None:
    assert (await client.call("nonsense", {})).status == 404
    request: dict[str, Any] = {"method": "GET", "url": f"{client.url}/health", "headers": {}}
    assert (await client.send(request)).json == {"status": "ready"}
    assert (await client.send({**request, "url": f"{client.url}/objects/../../etc/passwd"})).status in {403, 404}


async def test_a_taken_port_is_named_with_the_setting(tmp_path: Path, backends: Backends) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = settings_in(tmp_path).model_copy(update={"port": port})
        with pytest.raises(Misconfigured, match=rf"port {port} .*PLYNX_STORAGE_PORT"):
            async with storage(settings, backends):
                pytest.fail("a taken port was served")


async def test_a_commit_that_fails_before_or_after_the_catalogue_can_be_sent_again(
    client: Client, token: str, backends: Backends
) -> None:
    for place in ("storage.before_catalogue", "storage.after_catalogue"):
        with arm(place, raising()):
            failed = await client.store(token, place.encode())
        assert failed.status == 503
        assert failed.headers["Retry-After"] == "1"
        assert (await client.store(token, place.encode())).status == 200
    assert await backends.documents.count("artifacts", {}) == 2
