"""Previews: what is in an artifact, from bounded ranges of it, and words for what cannot be shown."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
import zipfile
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from yarl import URL

from plynx_api.previews.addresses import Addresses, host_of
from plynx_api.previews.archive import directory_preview, member_of
from plynx_common.adapters.s3_objects.place import Place
from plynx_common.adapters.s3_objects.presigning import PresignedUrls
from plynx_common.interfaces.objects import ObjectStore, ServedObjects
from plynx_common.repositories.artifacts import StoredArtifact
from tests.unit.api.parts import Stage, problem
from tests.unit.api.test_catalogue import put

V1 = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x02\x00\x00\x00"
GIF = b"GIF89a" + struct.pack("<HH", 3, 2)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 20, 30) + b"\x03"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X" + b"\x00" * 8 + b"\x09\x00\x00\x04\x00\x00"
SVG = b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


async def answer(stage: Stage, content: bytes, type: str, **query: Any) -> httpx.Response:
    digest = await put(stage, content, type=type)
    client = await stage.client()
    return await client.get(
        f"{V1}/artifacts/{digest}/preview", params={"as" if k == "form" else k: v for k, v in query.items()}
    )


async def shown(stage: Stage, content: bytes, type: str, **query: Any) -> dict[str, Any]:
    found = await answer(stage, content, type, **query)
    assert found.status_code == 200, found.text
    return dict(found.json())


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


async def test_ranges_of_text_join_to_the_whole_wherever_they_are_cut(stage: Stage) -> None:
    text = "añb€c😀d\n" * 20
    for limit in (1, 2, 3, 5, 7, 1000):
        found, at = "", 0
        while at < len(text.encode()):
            piece = await shown(stage, text.encode(), "text", **{"from": at, "limit": limit})
            assert piece["kind"] == "text"
            assert piece["end"] > at
            found, at = found + piece["text"], piece["end"]
        assert found == text or limit < 4, limit
    behind = await shown(stage, b"ab", "text", **{"from": 7})
    assert (behind["text"], behind["offset"], behind["size"]) == ("", 7, 2)


async def test_a_table_has_types_and_statistics_of_its_columns(stage: Stage) -> None:
    content = b"\xef\xbb\xbfname,age,score,ok,gone\nann,3,0.5,true,\nben,5,1,false,\nann,,inf,true,\n"
    table = await shown(stage, content, "csv", rows=2)
    assert (table["kind"], table["row_count"], table["is_whole"], table["note"]) == ("table", 3, True, None)
    assert table["rows"] == [["ann", "3", "0.5", "true", ""], ["ben", "5", "1", "false", ""]]
    by_name = {column["name"]: column for column in table["columns"]}
    assert {name: column["type"] for name, column in by_name.items()} == {
        "name": "text", "age": "int", "score": "float", "ok": "bool", "gone": "empty",
    }  # fmt: skip
    age = by_name["age"]
    assert [age[name] for name in ("values", "empty", "distinct", "min", "max", "mean")] == [2, 1, 2, 3, 5, 4]
    assert by_name["score"]["max"] == 1
    assert by_name["name"]["frequent"][0] == {"value": "ann", "count": 2}
    tabs = await shown(stage, b'a\tb\n"x\ty"\t2\n', "tsv")
    assert tabs["rows"] == [["x\ty", "2"]]


async def test_only_the_beginning_of_a_large_table_is_read_and_it_is_said(stage: Stage) -> None:
    content = b"n\n" + b"".join(b"%d\n" % number for number in range(300_000))
    table = await shown(stage, content, "csv")
    assert not table["is_whole"]
    assert "only the first 1048576 of" in table["note"]
    assert table["columns"][0]["type"] == "int"
    assert 100_000 < table["row_count"] < 200_000
    ragged = await shown(stage, b"a,b\n1\n1,2,3\n1,2\n", "csv")
    assert "2 rows have more or fewer cells" in ragged["note"]


async def test_json_is_a_tree_and_lines_of_it_are_a_table(stage: Stage) -> None:
    tree = await shown(stage, b'{"a": [1, 2.5, null]}', "json")
    assert (tree["kind"], tree["value"]) == ("json", {"a": [1, 2.5, None]})
    assert (await shown(stage, b'{"auc": 0.5}', "metrics"))["kind"] == "json"
    lines = await shown(stage, b'{"a": 1}\n{"b": {"c": 2}, "a": null}\n', "json")
    assert ([c["name"] for c in lines["columns"]], lines["rows"]) == (["a", "b"], [["1", ""], ["", '{"c":2}']])


@pytest.mark.parametrize(
    ("content", "type", "kind", "words"),
    [
        (b"{", "json", "text", "no JSON"),
        (b"[" * 70 + b"]" * 70, "json", "text", "64 levels"),
        (b'"' + b"x" * 1024 * 1024 + b'"', "json", "text", "at most 1048576"),
        (b'"\\ud800"', "json", "text", "no JSON"),
        (b"", "csv", "text", "empty"),
        (b"x" * 1024 * 1024 + b"\n", "csv", "text", "first line"),
        (b"nothing", "image", "text", "expected a PNG"),
        (b"nothing", "directory", "text", "no archive"),
        (b"PK\x05\x06\x00\xff" + b"\xff" * 40, "directory", "binary", "no archive"),
        (b"\x00\x01", "pdf", "binary", "does not begin as a PDF"),
        (b"PAR1", "parquet", "binary", "download"),
        (b"\x00\xff", "file", "binary", ""),
    ],
)
async def test_what_has_not_its_form_is_shown_as_text_or_bytes_with_the_reason(
    stage: Stage, content: bytes, type: str, kind: str, words: str
) -> None:
    found = await shown(stage, content, type)
    assert found["kind"] == kind
    assert words in (found["note"] or ""), found["note"]
    if kind == "binary":
        assert found["head"] == content[:256].hex()


async def test_a_form_that_was_asked_for_is_refused_in_words(stage: Stage) -> None:
    for form, words in (("json", "no JSON"), ("image", "PNG"), ("directory", "no archive"), ("pdf", "PDF")):
        found = problem(await answer(stage, b"plain text", "text", form=form), 422, "invalid_input")
        assert f"cannot be shown as {form}" in found["detail"]
        assert words in found["detail"]
    assert (await shown(stage, b"a,b\n1,2\n", "file", form="table"))["kind"] == "table"
    assert (await shown(stage, b"a,b\n", "csv", form="text"))["text"] == "a,b\n"
    assert (await shown(stage, b"a,b\n", "csv", form="binary"))["kind"] == "binary"
    for bad in ({"form": "x"}, {"from": -1}, {"limit": 0}, {"limit": 2**21}, {"rows": 1001}):
        problem(await answer(stage, b"x", "text", **bad), 422, "invalid_input")


@pytest.mark.parametrize(
    ("content", "format", "size"),
    [
        (PNG, "png", (640, 480)),
        (GIF, "gif", (3, 2)),
        (JPEG, "jpeg", (30, 20)),
        (WEBP, "webp", (10, 5)),
        (SVG, "svg", (None, None)),
    ],
)
async def test_an_image_has_its_size_and_an_address_of_another_origin(
    stage: Stage, content: bytes, format: str, size: tuple[int, int]
) -> None:
    for type in ("image", "file"):
        found = await shown(stage, content, type)
        assert (found["kind"], found["format"], (found["width"], found["height"])) == ("image", format, size)
        assert found["url"].startswith("http://127.0.0.1:8471/")
    client, digest = await stage.client(), await put(stage, content, type="image")
    redirect = await client.get(f"{V1}/artifacts/{digest}/image")
    assert (redirect.status_code, redirect.content) == (307, b"")
    assert redirect.headers["location"].startswith("http://127.0.0.1:8471/")
    text = await put(stage, b"text")
    assert "no image" in problem(await client.get(f"{V1}/artifacts/{text}/image"), 422)["detail"]


async def test_html_comes_as_source_and_as_a_download_of_another_origin(stage: Stage) -> None:
    page = await shown(stage, b"<script>alert(1)</script>", "html")
    assert (page["kind"], page["text"], page["is_whole"]) == ("html", "<script>alert(1)</script>", True)
    assert page["url"].startswith("http://127.0.0.1:8471/")
    assert not (await shown(stage, b"x" * 300_000, "html"))["is_whole"]
    assert (await shown(stage, b"%PDF-1.7\n", "pdf"))["url"].startswith("http://127.0.0.1:8471/")


async def test_pages_have_an_address_under_which_a_frame_shows_them(stage: Stage) -> None:
    for content, type, content_type in ((b"<p>", "html", "text/html; charset=utf-8"), (SVG, "image", "image/svg+xml")):
        page = await shown(stage, content, type)
        url = URL(page["frame_url"], encoded=True)
        assert url.origin() == URL("http://127.0.0.1:8471")
        served = cast("ServedObjects", stage.backends.objects)
        transfer = served.check("GET", url.path.removeprefix("/objects/"), url.query["grant"])
        assert (transfer.content_type, transfer.inline) == (content_type, True)
        assert page["url"] != page["frame_url"]
    assert (await shown(stage, PNG, "image"))["frame_url"] is None
    inside = await shown(stage, zipped({"a.html": b"<p>"}), "directory", member="a.html")
    assert (inside["kind"], inside["url"], inside["frame_url"]) == ("html", None, None)


@pytest.mark.parametrize(
    ("endpoint", "is_shown"),
    [("s3.example", True), ("plynx.example:9000", False), ("PLYNX.example", False), ("[::1]:9000", False)],
)
def test_a_bucket_that_shares_the_host_of_the_platform_shows_no_pages(endpoint: str, is_shown: bool) -> None:  # noqa: FBT001
    bucket = cast("ObjectStore", PresignedUrls(Place.parse(f"s3://key:secret@{endpoint}/bucket", {})))
    artifact = StoredArtifact("default", "ab" * 32, 1, "html", datetime.now(UTC), "x")
    ours = frozenset({host_of("plynx.example:8470"), host_of("[::1]:8470"), host_of("[")})
    page = Addresses(bucket, artifact, ours).page("text/html")
    assert (page is not None) == is_shown


async def test_a_directory_lists_its_members_and_shows_one_of_them(stage: Stage) -> None:
    content = zipped({"a/": b"", "a/t.csv": b"x\n1\n", "b.txt": b"hello", "i.png": PNG, "l.jsonl": b'{"a": 1}\n'})
    listed = await shown(stage, content, "directory")
    assert listed["kind"] == "directory"
    assert [member["path"] for member in listed["members"]] == ["a/", "a/t.csv", "b.txt", "i.png", "l.jsonl"]
    assert (listed["member_count"], listed["unpacked_size"]) == (5, 4 + 5 + len(PNG) + 9)
    assert [m["path"] for m in (await shown(stage, content, "directory", **{"from": 4}))["members"]] == ["l.jsonl"]
    table = await shown(stage, content, "directory", member="a/t.csv")
    assert (table["kind"], table["type"], table["rows"]) == ("table", "csv", [["1"]])
    assert (await shown(stage, content, "directory", member="b.txt", **{"from": 1}))["text"] == "ello"
    image = await shown(stage, content, "directory", member="i.png")
    assert (image["width"], image["url"]) == (640, None)
    assert (await shown(stage, content, "directory", member="l.jsonl"))["kind"] == "table"
    problem(await answer(stage, content, "directory", member="nothing"), 404, "not_found")
    assert "is a directory" in problem(await answer(stage, content, "directory", member="a/"), 422)["detail"]
    problem(await answer(stage, b"no zip", "directory", member="x"), 422)


class CountedSource:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.count = 0

    @property
    def size(self) -> int:
        return len(self.content)

    async def read(self, start: int, end: int) -> bytes:
        found = self.content[start:end]
        self.count += len(found)
        return found


async def test_of_a_large_archive_only_what_is_asked_for_is_read() -> None:
    big = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(60_000))
    source = CountedSource(zipped({"big": big, "small.txt": b"here", "bomb": b"\0" * 50_000_000}))
    small = await member_of(source, "small.txt")
    assert (small.content, small.size) == (b"here", 4)
    assert source.count <= 3 * 128 * 1024 < source.size
    bomb = await member_of(source, "bomb")
    assert (len(bomb.content), bomb.size) == (1024 * 1024, 50_000_000)
    whole = await member_of(source, "big")
    assert whole.content == big[: 1024 * 1024]


async def test_what_lies_far_behind_in_a_member_is_not_unpacked(stage: Stage) -> None:
    content = zipped({"bomb.txt": b"x" * 50_000_000})
    found = await answer(stage, content, "directory", member="bomb.txt", **{"from": 2_000_000})
    assert "download" in problem(found, 422)["detail"]


async def test_an_archive_that_lies_about_its_list_is_refused_before_it_is_read(stage: Stage) -> None:
    padding = b"\0" * 9 * 1024 * 1024
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(padding), 0, 0)
    found = problem(await answer(stage, padding + end, "directory", form="directory"), 422)
    assert "8 MiB" in found["detail"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
async def test_a_member_packed_in_another_way_than_directories_are_is_not_unpacked(
    stage: Stage, compression: int
) -> None:
    content = bytearray(zipped({"a.txt": b"hello" * 100}, compression))
    content[45:60] = b"\xff" * 15  # of the packed bytes: what they ask for (memory, for one) must not matter
    found = await answer(stage, bytes(content), "directory", member="a.txt")
    assert "download" in problem(found, 422)["detail"]
    assert (await shown(stage, bytes(content), "directory"))["member_count"] == 1


async def test_others_are_served_while_an_archive_is_read() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    source = CountedSource(zipped({f"{number}.txt": b"x" for number in range(3000)}))
    task = asyncio.create_task(others())
    await directory_preview(source, "directory", 0)
    assert turns > 0
    turns = 0
    await member_of(source, "7.txt")
    assert turns > 0
    task.cancel()


async def test_another_teams_artifact_has_no_preview(stage: Stage) -> None:
    digest = await put(stage, PNG, type="image")
    theirs = await stage.client(team="others")
    for path in ("preview", "image"):
        problem(await theirs.get(f"{V1}/artifacts/{digest}/{path}"), 404, "not_found")
        problem(await theirs.get(f"{V1}/artifacts/x/{path}"), 404, "not_found")
