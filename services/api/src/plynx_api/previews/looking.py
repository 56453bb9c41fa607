"""Which form a preview has: the one that is asked for, else what the type and the first bytes say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import orjson

from plynx_api.bodies import DEEPEST_JSON, is_deeper
from plynx_api.previews import images
from plynx_api.previews.addresses import Addresses
from plynx_api.previews.archive import directory_preview
from plynx_api.previews.models import AnyPreview, HtmlPreview, ImagePreview, JsonPreview, PdfPreview
from plynx_api.previews.source import MOST_READ, Source
from plynx_api.previews.table import Beginning, NoTable, table_of
from plynx_api.previews.text import binary_preview, is_text, text_preview
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.types import TYPES

AT_ONCE = 64 * 1024
MOST_SOURCE = 256 * 1024
"""Bytes of an HTML page."""
PAGE_TYPE = "text/html; charset=utf-8"
SUFFIXES = {
    **{kind.suffix.removeprefix("."): name for name, kind in reversed(TYPES.items()) if kind.suffix},
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "svg"), "image"),
    **dict.fromkeys(("jsonl", "ndjson"), "jsonl"),
    **dict.fromkeys(("txt", "md", "log", "py", "sh", "yaml", "yml", "toml", "xml"), "text"),
    "json": "json",
    "htm": "html",
}
"""Type of a member, by the end of its name."""


class Form(StrEnum):
    TEXT = "text"
    TABLE = "table"
    JSON = "json"
    IMAGE = "image"
    HTML = "html"
    PDF = "pdf"
    DIRECTORY = "directory"
    BINARY = "binary"


FORMS = {
    "csv": Form.TABLE,
    "tsv": Form.TABLE,
    "jsonl": Form.TABLE,
    "json": Form.JSON,
    "metrics": Form.JSON,
    "cloud-storage": Form.JSON,
    "image": Form.IMAGE,
    "html": Form.HTML,
    "pdf": Form.PDF,
    "directory": Form.DIRECTORY,
    "parquet": Form.BINARY,
}
"""By type; of others the first bytes decide."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, and how."""

    source: Source
    type: str
    addresses: Addresses | None
    """Of the bytes; None within a directory."""
    form: Form | None = None
    start: int = 0
    limit: int = AT_ONCE
    rows: int = 100

    def url(self, content_type: str) -> str | None:
        return None if self.addresses is None else self.addresses.download(content_type)

    def frame_url(self, content_type: str) -> str | None:
        return None if self.addresses is None else self.addresses.page(content_type)


async def look(wanted: Look) -> AnyPreview:
    """Raises `InvalidInput` where it has not the form that was asked for; else text or bytes are shown, with a note."""
    form = wanted.form or FORMS.get(wanted.type)
    if form is None or wanted.form in (Form.TEXT, Form.BINARY):
        return await _plain(wanted, None)
    try:
        return await _LOOKS[form](wanted)
    except _Unlike as error:
        if wanted.form is not None:
            raise InvalidInput(f"this cannot be shown as {form.value}: {error}") from None
        return await _plain(wanted, f"it is not shown as {form.value}: {error}")


class _Unlike(Exception):
    """The bytes have not this form; says why."""


async def _plain(wanted: Look, note: str | None) -> AnyPreview:
    source = wanted.source
    if wanted.form is not Form.BINARY:
        head = await source.read(0, images.HEAD)
        if wanted.form is None and note is None and (picture := images.picture_of(head)) is not None:
            return _image(wanted, picture)
        if wanted.form is Form.TEXT or is_text(head):
            return await text_preview(source, wanted.type, wanted.start, wanted.limit, note)
    return await binary_preview(source, wanted.type, note)


async def _table(wanted: Look) -> AnyPreview:
    content = await wanted.source.read(0, MOST_READ)
    beginning = Beginning(wanted.type, content, wanted.source.size)
    try:
        # A megabyte takes a tenth of a second: others are served meanwhile.
        return await asyncio.to_thread(table_of, beginning, wanted.rows)
    except NoTable as error:
        raise _Unlike(error) from None


async def _json(wanted: Look) -> AnyPreview:
    size = wanted.source.size
    if size > MOST_READ:
        raise _Unlike(f"it has {size} bytes, as a tree at most {MOST_READ} are shown")
    try:
        value = orjson.loads(await wanted.source.read(0, MOST_READ))
    except orjson.JSONDecodeError as error:
        if wanted.form is None and wanted.type == "json":
            return await _table(wanted)  # lines of JSON, perhaps
        raise _Unlike(f"it is no JSON: {error}") from None
    if is_deeper(value, DEEPEST_JSON):
        raise _Unlike(f"it is nested more than {DEEPEST_JSON} levels deep")
    return JsonPreview(type=wanted.type, size=size, value=value)


async def _picture(wanted: Look) -> AnyPreview:
    picture = images.picture_of(await wanted.source.read(0, images.HEAD))
    if picture is None:
        raise _Unlike("expected a PNG, JPEG, GIF, WebP or SVG")
    return _image(wanted, picture)


def _image(wanted: Look, picture: images.Picture) -> ImagePreview:
    return ImagePreview(
        type=wanted.type,
        size=wanted.source.size,
        format=picture.format,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        url=wanted.url(picture.content_type),
        frame_url=wanted.frame_url(picture.content_type) if picture.format == "svg" else None,
    )


async def _html(wanted: Look) -> AnyPreview:
    shown = await text_preview(wanted.source, wanted.type, 0, MOST_SOURCE)
    return HtmlPreview(
        type=wanted.type,
        size=shown.size,
        text=shown.text,
        is_whole=shown.end == shown.size,
        url=wanted.url(PAGE_TYPE),
        frame_url=wanted.frame_url(PAGE_TYPE),
    )


async def _pdf(wanted: Look) -> AnyPreview:
    if not (await wanted.source.read(0, 1024)).lstrip().startswith(b"%PDF-"):
        raise _Unlike("it does not begin as a PDF does")
    return PdfPreview(type=wanted.type, size=wanted.source.size, url=wanted.url("application/pdf"))


async def _directory(wanted: Look) -> AnyPreview:
    try:
        return await directory_preview(wanted.source, wanted.type, wanted.start)
    except InvalidInput as error:
        raise _Unlike(error.message) from None


async def _binary(wanted: Look) -> AnyPreview:
    return await binary_preview(wanted.source, wanted.type, f"{wanted.type} is not shown here: download it")


_LOOKS: dict[Form, Callable[[Look], Awaitable[AnyPreview]]] = {
    Form.TABLE: _table,
    Form.JSON: _json,
    Form.IMAGE: _picture,
    Form.HTML: _html,
    Form.PDF: _pdf,
    Form.DIRECTORY: _directory,
    Form.BINARY: _binary,
}


def type_of_member(path: str) -> str:
    return SUFFIXES.get(path.rpartition("/")[2].rpartition(".")[2].lower(), "file") if "." in path else "file"
