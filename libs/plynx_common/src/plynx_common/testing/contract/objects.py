"""What every object store promises; an adapter joins with a subclass and two fixtures, `objects` and `send`."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from plynx_common.domain.errors import InvalidInput, NotFound
from plynx_common.interfaces.objects import ObjectStore, PresignedRequest, PutConditions

KEY = "team/sha256/ab/object"
BINARY = "application/octet-stream"
SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of whoever serves the signed URLs; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[PresignedRequest, bytes], Awaitable[Answer]]
"""Sends the request as it is, by plain HTTP."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def conditions(content: bytes) -> PutConditions:
    return PutConditions(len(content), BINARY, digest(content))


class BytesContract:
    async def test_what_was_put_is_got_whole_and_in_ranges(self, objects: ObjectStore) -> None:
        await objects.put(KEY, b"0123456789")
        assert await objects.get(KEY) == b"0123456789"
        assert await objects.get(KEY, start=3) == b"3456789"
        assert await objects.get(KEY, start=3, end=5) == b"34"
        assert await objects.get(KEY, start=8, end=99) == b"89"
        assert await objects.get(KEY, start=99) == b""
        assert await objects.get(KEY, start=99, end=100) == b""

    @pytest.mark.parametrize("size", [0, 1, 300_000, 3_000_001])
    async def test_any_size_comes_back_by_stream_and_by_get(self, objects: ObjectStore, size: int) -> None:
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        await objects.put(KEY, content)
        assert b"".join([block async for block in objects.stream(KEY)]) == content
        assert await objects.get(KEY) == content
        stat = await objects.stat(KEY)
        assert stat is not None
        assert stat.size == size
        assert stat.modified_at.endswith("Z")

    async def test_a_second_put_replaces_the_whole(self, objects: ObjectStore) -> None:
        await objects.put(KEY, b"a longer first version")
        await objects.put(KEY, b"short")
        assert await objects.get(KEY) == b"short"

    async def test_what_is_absent_has_no_stat_and_cannot_be_got(self, objects: ObjectStore) -> None:
        assert await objects.stat(KEY) is None
        with pytest.raises(NotFound, match=KEY):
            await objects.get(KEY)
        with pytest.raises(NotFound, match=KEY):
            _ = [block async for block in objects.stream(KEY)]

    async def test_deleting_is_idempotent(self, objects: ObjectStore) -> None:
        await objects.put(KEY, b"x")
        await objects.delete(KEY)
        await objects.delete(KEY)
        assert await objects.stat(KEY) is None

    async def test_listing_gives_every_key_below_a_prefix_once_and_in_order(self, objects: ObjectStore) -> None:
        for key in ("a/2", "a/1", "a/10/x", "ab/1", "b/1"):
            await objects.put(key, b"x")
        assert sorted([stat.key async for stat in objects.list("a/")]) == ["a/1", "a/10/x", "a/2"]
        assert sorted([stat.key async for stat in objects.list("a/1")]) == ["a/1", "a/10/x"]
        assert len([stat async for stat in objects.list("")]) == 5
        assert [stat async for stat in objects.list("none/")] == []

    @pytest.mark.parametrize(
        "key",
        [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a//b",
            "",
            ".",
            "..",
            "a/.hidden",
            "a/",
            "a\\b",
            "a\0b",
            "a b",
            "a" * 2000,
        ],
    )
    async def test_a_key_that_could_lead_elsewhere_is_refused(self, objects: ObjectStore, key: str) -> None:
        with pytest.raises(InvalidInput, match="object key"):
            await objects.put(key, b"x")
        with pytest.raises(InvalidInput, match="object key"):
            await objects.get(key)
        with pytest.raises(InvalidInput, match="object key"):
            objects.presign_put(key, conditions(b"x"), expires=SOON)


class PresignedContract:
    async def test_a_signed_put_stores_the_body_and_a_signed_get_reads_it(
        self, objects: ObjectStore, send: Send
    ) -> None:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        assert (await send(put, b"content")).status == 200
        assert await objects.get(KEY) == b"content"
        get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="näme.csv")
        answer = await send(get, b"")
        assert (answer.status, answer.body) == (200, b"content")
        assert answer.headers["content-type"] == BINARY
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "n%C3%A4me.csv" in answer.headers["content-disposition"]

    async def test_a_get_that_was_signed_as_inline_is_shown_as_what_it_was_signed_for(
        self, objects: ObjectStore, send: Send
    ) -> None:
        await objects.put(KEY, b"<p>content")
        page = "text/html; charset=utf-8"
        get = objects.presign_get(KEY, expires=SOON, content_type=page, filename="a.html", inline=True)
        answer = await send(get, b"")
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"<p>content", page)
        assert answer.headers["content-disposition"].startswith("inline")

    async def test_a_download_cannot_be_turned_into_a_page(self, objects: ObjectStore, send: Send) -> None:
        await objects.put(KEY, b"<p>content")
        get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="x")
        page = objects.presign_get(KEY, expires=SOON, content_type="text/html", filename="x", inline=True)
        forged = replace(page, url=page.url[:-32] + get.url[-32:])
        assert (await send(forged, b"")).status == 403
        wishful = "&response-content-type=text%2Fhtml&response-content-disposition=inline&inline=true"
        answer = await send(replace(get, url=get.url + wishful), b"")
        assert answer.status == 403 or answer.headers["content-disposition"].startswith("attachment")

    async def test_a_signed_get_serves_ranges(self, objects: ObjectStore, send: Send) -> None:
        await objects.put(KEY, b"0123456789")
        get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="x")
        part = await send(replace(get, headers={"Range": "bytes=2-4"}), b"")
        assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
        assert (await send(replace(get, headers={"Range": "bytes=7-"}), b"")).body == b"789"
        assert (await send(replace(get, headers={"Range": "bytes=-2"}), b"")).body == b"89"
        assert (await send(replace(get, headers={"Range": "bytes=10-"}), b"")).status == 416

    @pytest.mark.parametrize("body", [b"contenT", b"conten", b"content and more", b""])
    async def test_another_body_than_was_signed_leaves_nothing(
        self, objects: ObjectStore, send: Send, body: bytes
    ) -> None:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        assert 400 <= (await send(put, body)).status < 500
        assert await objects.stat(KEY) is None
        assert (await send(put, b"content")).status == 200

    async def test_a_second_put_under_the_same_key_is_refused_and_changes_nothing(
        self, objects: ObjectStore, send: Send
    ) -> None:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        assert (await send(put, b"content")).status == 200
        assert (await send(put, b"content")).status == 412
        assert await objects.get(KEY) == b"content"

    async def test_of_many_puts_at_once_one_is_taken(self, objects: ObjectStore, send: Send) -> None:
        content = b"z" * 100_000
        put = objects.presign_put(KEY, conditions(content), expires=SOON)
        answers = await asyncio.gather(*(send(put, content) for _ in range(8)))
        assert sorted(answer.status for answer in answers) == [200] + [412] * 7
        assert await objects.get(KEY) == content

    @pytest.mark.parametrize("header", ["Content-Type", "If-None-Match"])
    async def test_headers_that_were_signed_must_be_sent(self, objects: ObjectStore, send: Send, header: str) -> None:
        put = objects.presign_put(KEY, conditions(b"content"), expires=SOON)
        changed = replace(put, headers={**put.headers, header: "text/html"})
        assert (await send(changed, b"content")).status == 403
        assert await objects.stat(KEY) is None

    async def test_a_url_serves_no_other_key_or_method_and_not_for_ever(self, objects: ObjectStore, send: Send) -> None:
        await objects.put("team/other", b"secret")
        get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="x")
        put = objects.presign_put(KEY, conditions(b"x"), expires=SOON)
        gone = objects.presign_get("team/other", expires=timedelta(seconds=-1), content_type=BINARY, filename="x")
        cases = [
            replace(get, url=get.url.replace(KEY, "team/other")),
            replace(get, url=get.url[:-1] + ("A" if get.url[-1] != "A" else "B")),
            replace(get, url=get.url.partition("?")[0]),
            replace(put, method="GET", headers={}),
            replace(get, method="PUT", headers=put.headers),
            gone,
        ]
        assert [(await send(case, b"")).status for case in cases] == [403] * len(cases)

    async def test_an_absent_object_is_not_found(self, objects: ObjectStore, send: Send) -> None:
        get = objects.presign_get(KEY, expires=SOON, content_type=BINARY, filename="x")
        assert (await send(get, b"")).status == 404


class MultipartContract:
    """Parts but the last have at least 5 MiB, as S3 wants it."""

    async def parts(self, objects: ObjectStore, send: Send, upload: str, contents: list[bytes]) -> list[str]:
        etags: list[str] = []
        for part, content in enumerate(contents, start=1):
            request = objects.presign_part(KEY, upload, part, size=len(content), sha256=digest(content), expires=SOON)
            answer = await send(request, content)
            assert answer.status == 200
            etags.append(answer.headers["etag"])
        return etags

    async def test_parts_become_the_object_in_their_order(self, objects: ObjectStore, send: Send) -> None:
        contents = [b"a" * 5_500_000, b"b" * 5_500_000, b"c"]
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, contents)
        assert await objects.stat(KEY) is None
        await objects.multipart_complete(KEY, upload, etags, sha256=digest(b"".join(contents)))
        assert await objects.get(KEY) == b"".join(contents)

    async def test_a_part_sent_again_counts_once(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        await self.parts(objects, send, upload, [b"wrong"])
        etags = await self.parts(objects, send, upload, [b"right"])
        await objects.multipart_complete(KEY, upload, etags, sha256=digest(b"right"))
        assert await objects.get(KEY) == b"right"

    @pytest.mark.parametrize("body", [b"contenT", b"conten", b"content and more", b""])
    async def test_a_part_with_another_body_than_was_signed_is_refused(
        self, objects: ObjectStore, send: Send, body: bytes
    ) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        part = objects.presign_part(KEY, upload, 1, size=7, sha256=digest(b"content"), expires=SOON)
        assert 400 <= (await send(part, body)).status < 500
        with pytest.raises(InvalidInput, match="parts"):
            await objects.multipart_complete(KEY, upload, [digest(body)], sha256=digest(body))

    async def test_the_url_of_a_part_expires_and_cannot_be_changed(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        late = timedelta(seconds=-1)
        gone = objects.presign_part(KEY, upload, 1, size=1, sha256=digest(b"x"), expires=late)
        part = objects.presign_part(KEY, upload, 1, size=1, sha256=digest(b"x"), expires=SOON)
        other = replace(part, url=part.url.replace(KEY, "team/other"))
        assert [(await send(case, b"x")).status for case in (gone, other)] == [403, 403]

    async def test_a_missing_part_is_named(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, [b"one"])
        with pytest.raises(InvalidInput, match="parts"):
            await objects.multipart_complete(KEY, upload, [*etags, digest(b"two")], sha256=digest(b"onetwo"))
        assert await objects.stat(KEY) is None

    async def test_completing_never_replaces_what_is_there(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, [b"late"])
        await objects.put(KEY, b"first")
        await objects.multipart_complete(KEY, upload, etags, sha256=digest(b"late"))
        assert await objects.get(KEY) == b"first"

    async def test_an_aborted_upload_is_gone(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, [b"part"])
        await objects.multipart_abort(KEY, upload)
        await objects.multipart_abort(KEY, upload)
        with pytest.raises(NotFound, match=re.escape(upload)):
            await objects.multipart_complete(KEY, upload, etags, sha256=digest(b"part"))

    async def test_an_upload_belongs_to_one_key(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, [b"part"])
        with pytest.raises(NotFound, match=re.escape(upload)):
            await objects.multipart_complete("team/other", upload, etags, sha256=digest(b"part"))


class WholeDigestContract(MultipartContract):
    """Of stores that read what they join."""

    async def test_parts_that_make_another_digest_are_refused(self, objects: ObjectStore, send: Send) -> None:
        upload = await objects.multipart_create(KEY, content_type=BINARY)
        etags = await self.parts(objects, send, upload, [b"content"])
        with pytest.raises(InvalidInput, match="SHA-256"):
            await objects.multipart_complete(KEY, upload, etags, sha256=digest(b"other"))
        assert await objects.stat(KEY) is None


class ObjectStoreContract(BytesContract, PresignedContract, MultipartContract):
    """What every store keeps; one that reads what it joins keeps `WholeDigestContract` too."""
