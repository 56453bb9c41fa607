"""The object store on an S3 server keeps what every object store promises, on a server that checks signatures."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from plynx_common.adapters.s3_objects import S3Objects
from plynx_common.domain.errors import InvalidInput, Misconfigured, NotFound, ObjectsUnavailable
from plynx_common.interfaces.objects import PresignedRequest
from plynx_common.testing.contract.objects import (
    BINARY,
    KEY,
    SOON,
    Answer,
    ObjectStoreContract,
    Send,
    conditions,
    digest,
)
from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.ceph import CephS3
from plynx_common.testing.servers.fixtures import StartServer
from plynx_common.testing.servers.fresh import s3_client


@pytest.fixture
async def objects(s3_url: str) -> AsyncGenerator[S3Objects]:
    objects = await S3Objects.open(s3_url)
    yield objects
    await objects.close()


@pytest.fixture
async def send() -> AsyncGenerator[Send]:
    async with aiohttp.ClientSession() as session:

        async def send(request: PresignedRequest, body: bytes) -> Answer:
            content = BytesIO(body) if request.method == "PUT" else None
            url = URL(request.url, encoded=True)
            async with session.request(request.method, url, headers=request.headers, data=content) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await response.read())

        yield send


class TestS3Objects(ObjectStoreContract):
    pass


# --- what is signed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "changed"),
    [
        ("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        (r"X-Amz-Date=\d{4}", "X-Amz-Date=2037"),
        (r"response-content-type=[^&]*", "response-content-type=text%2Fhtml"),
        ("attachment", "inline"),
        ("&response-content-disposition=[^&]*", ""),
    ],
)
async def test_nothing_of_a_signed_get_can_be_changed(
    objects: S3Objects, send: Send, signed: str, changed: str
) -> None:
    await objects.put(KEY, b"<script>")
    get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="x")
    assert (await send(get, b"")).status == 200
    tampered = replace(get, url=re.sub(signed, changed, get.url))
    assert tampered.url != get.url
    assert (await send(tampered, b"")).status == 403


@pytest.mark.parametrize("header", ["If-None-Match", "X-Amz-Content-Sha256"])
async def test_no_header_of_a_signed_put_can_be_left_out(objects: S3Objects, send: Send, header: str) -> None:
    put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
    fewer = replace(put, headers={name: value for name, value in put.headers.items() if name != header})
    assert fewer != put
    assert 400 <= (await send(fewer, b"content")).status <= 403
    assert await objects.stat(KEY) is None


async def test_no_digest_that_was_not_signed_is_taken(objects: S3Objects, send: Send) -> None:
    put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
    for other in (digest(b"contenT"), "UNSIGNED-PAYLOAD"):
        changed = replace(put, headers={**put.headers, "X-Amz-Content-Sha256": other})
        assert (await send(changed, b"contenT")).status == 403
    assert await objects.stat(KEY) is None


async def test_a_url_of_a_part_serves_no_other_part(objects: S3Objects, send: Send) -> None:
    upload = await objects.multipart_create(KEY, content_type=BINARY)
    part = objects.presign_part(KEY, upload, 2, size=1, sha256=digest(b"x"), expires=SOON)
    changed = replace(part, url=part.url.replace("partNumber=2", "partNumber=1"))
    assert changed != part
    assert (await send(changed, b"x")).status == 403


# --- the bucket ------------------------------------------------------------------------------------


async def test_a_bucket_is_shared_by_prefixes_that_do_not_see_each_other(s3_url: str) -> None:
    base, _, query = s3_url.partition("?")
    one, other = [await S3Objects.open(f"{base}/{prefix}?{query}") for prefix in ("one", "one/two")]
    await other.put(KEY, b"x")
    assert await one.stat(KEY) is None
    assert [stat.key async for stat in other.list("")] == [KEY]
    assert [stat.key async for stat in one.list("team/")] == []
    await one.close()
    await other.close()


async def test_listing_goes_on_behind_the_first_thousand(objects: S3Objects) -> None:
    for start in range(0, 1010, 101):
        await asyncio.gather(*(objects.put(f"many/{number:04}", b"x") for number in range(start, start + 101)))
    assert [stat.key async for stat in objects.list("many/")] == [f"many/{number:04}" for number in range(1010)]


async def test_a_bucket_that_is_not_there_is_made_and_a_lost_one_is_not_taken_for_absent_objects(s3_url: str) -> None:
    objects = await S3Objects.open(re.sub(r"/test-bucket-\w+", r"\g<0>-made", s3_url))
    assert await objects.stat(KEY) is None
    await objects._client.delete_bucket(Bucket=objects._place.bucket)
    for ask in (objects.stat(KEY), objects.get(KEY), objects.put(KEY, b"x")):
        with pytest.raises(ObjectsUnavailable, match=r"has lost bucket 'test-bucket-\w+-made'.*PLYNX_OBJECTS_URL"):
            await ask
    await objects.close()


async def test_a_wrong_secret_is_named_at_the_start_with_the_setting(s3_url: str) -> None:
    wrong = re.sub("//([^:]+):[^@]+@", f"//\\1:{quote('n0t/it', safe='')}@", s3_url)
    with pytest.raises(Misconfigured, match=r"refuses bucket 'test-bucket-.*PLYNX_OBJECTS_URL") as refused:
        await S3Objects.open(wrong)
    assert "n0t" not in refused.value.message


async def test_a_key_that_may_no_longer_do_something_is_named_and_is_no_absence(s3_url: str) -> None:
    objects = await S3Objects.open(s3_url, now=lambda: 0.0)  # a clock so wrong that every signature has expired
    with pytest.raises(ObjectsUnavailable, match=r"refuses 'team/.*\(403\).*clocks"):
        await objects.stat(KEY)
    await objects.close()


async def test_an_upload_that_nobody_goes_on_with_is_removed_at_a_start_days_later(
    objects: S3Objects, s3_url: str
) -> None:
    upload = await objects.multipart_create(KEY, content_type=BINARY)
    for days, is_there in ((1, True), (3, False)):
        later = await S3Objects.open(s3_url, now=lambda days=days: time.time() + days * 24 * 3600)
        await later.close()
        with pytest.raises(InvalidInput if is_there else NotFound):
            await objects.multipart_complete(KEY, upload, ["none"], sha256="")


# --- a server that is away -------------------------------------------------------------------------


async def test_nobody_at_the_address_is_said_in_words() -> None:
    with pytest.raises(ObjectsUnavailable, match=r"at http://127.0.0.1:9 does not answer.*PLYNX_OBJECTS_URL"):
        await S3Objects.open("s3://key:secret@127.0.0.1:9/bucket?tls=false")


async def test_a_server_that_hangs_or_is_away_is_unavailable_and_serves_again_when_it_is_back(
    start_server: StartServer,
) -> None:
    server = await asyncio.to_thread(start_server, CephS3())
    objects = await S3Objects.open(server.url, limit=timedelta(seconds=2))
    await objects.put(KEY, b"x")
    server.suspend()
    await _refused(objects, "no answer within 2 s")
    server.resume()
    await eventually(lambda: _serves(objects), within=20, story="the server serves again")
    server.kill()
    await _refused(objects, "does not answer")
    await asyncio.to_thread(server.start)
    await eventually(lambda: _serves(objects), within=20, story="the server serves again")
    with pytest.raises(NotFound, match="other"):
        await objects.get("other")
    await objects.close()


async def _refused(objects: S3Objects, words: str) -> None:
    for ask in (objects.stat(KEY), objects.get(KEY), objects.put(KEY, b"y"), objects.delete(KEY)):
        with pytest.raises(ObjectsUnavailable, match=words):
            await ask
    with pytest.raises(ObjectsUnavailable, match=words):
        _ = [stat async for stat in objects.list("")]


async def _serves(objects: S3Objects) -> bool:
    try:
        await objects.put(KEY, b"z")
        return await objects.get(KEY) == b"z"
    except ObjectsUnavailable:
        return False


async def test_browsers_may_upload_to_a_bucket_that_we_made(s3_url: str) -> None:
    url = URL(s3_url)
    made = url.with_path(f"{url.path}-made", keep_query=True)
    objects = await S3Objects.open(str(made))
    try:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        page = "https://plynx.example.org"
        origin = {"Origin": page}
        asked = {**origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-none-match"}
        async with aiohttp.ClientSession() as browser:
            address = URL(put.url, encoded=True)
            async with browser.options(address, headers=asked) as preflight:
                assert preflight.status == 200
                assert preflight.headers["Access-Control-Allow-Origin"] in {"*", page}
            async with browser.put(address, headers={**put.headers, **origin}, data=b"content") as sent:
                assert sent.status == 200
                assert sent.headers["Access-Control-Allow-Origin"] in {"*", page}
                assert "ETag" in sent.headers["Access-Control-Expose-Headers"]
        await objects.delete(KEY)
    finally:
        await objects.close()
        s3_client(s3_url).delete_bucket(Bucket=made.path[1:])
