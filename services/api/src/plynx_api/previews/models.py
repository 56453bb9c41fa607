"""What a preview is, by form. Programs branch on `kind`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from plynx_api.views import View


class Preview(View):
    type: str
    """Of the artifact; of a member of a directory, what its name says."""
    size: int
    """Bytes of the whole."""
    note: str | None = None
    """What is not shown, and why; for people."""


class TextPreview(Preview):
    kind: Literal["text"] = "text"
    offset: int
    """Of the first byte that is shown: the first whole character at or behind the one that was asked for."""
    end: int
    """Of the first byte that is not: `from` of the next range."""
    text: str
    """UTF-8; what is none is shown as U+FFFD."""


class Frequency(View):
    value: str
    count: int


class Column(View):
    name: str
    type: str
    """`int`, `float`, `bool`, `text`, or `empty`: what all values can be read as."""
    values: int
    empty: int
    distinct: int
    min: float | None
    """Of numbers, as are `max` and `mean`."""
    max: float | None
    mean: float | None
    frequent: list[Frequency]
    """The most frequent values."""


class TablePreview(Preview):
    kind: Literal["table"] = "table"
    columns: list[Column]
    """Statistics are over the rows that were read."""
    rows: list[list[str]]
    """The first ones, as text; long cells are cut."""
    row_count: int
    """Rows that were read."""
    is_whole: bool
    """All rows were read."""


class JsonPreview(Preview):
    kind: Literal["json"] = "json"
    value: Any


class ImagePreview(Preview):
    kind: Literal["image"] = "image"
    format: str
    content_type: str
    width: int | None
    height: int | None
    url: str | None
    """Signed, for five minutes, of the object store's own origin; null within a directory."""
    frame_url: str | None = None
    """Of an SVG, which may be a program: as of an HTML page."""


class HtmlPreview(Preview):
    """Somebody's page: never to be shown as a part of this origin.

    Show `frame_url` in `<iframe sandbox="allow-scripts">`, or where there is none `text` in `<iframe sandbox srcdoc>`;
    never with `allow-same-origin`: without, its origin is its own.
    """

    kind: Literal["html"] = "html"
    text: str
    """Its source, from the beginning."""
    is_whole: bool
    url: str | None
    """Signed, for five minutes: a download, of the object store's own origin; null within a directory."""
    frame_url: str | None
    """Signed, for five minutes: the page itself, from another origin than this one. Null within a directory, and where
    a bucket has the host name of this platform: browsers share cookies between its ports.
    """


class PdfPreview(Preview):
    kind: Literal["pdf"] = "pdf"
    url: str | None
    """As of an image."""


class Member(View):
    path: str
    """A directory's ends with `/`."""
    size: int
    packed_size: int


class DirectoryPreview(Preview):
    kind: Literal["directory"] = "directory"
    members: list[Member]
    """From the one that was asked for, in the order of the archive."""
    member_count: int
    """Of all members."""
    unpacked_size: int
    """Of all members, as the archive says."""


class BinaryPreview(Preview):
    kind: Literal["binary"] = "binary"
    head: str
    """The first bytes, in hex."""


AnyPreview = Annotated[
    TextPreview
    | TablePreview
    | JsonPreview
    | ImagePreview
    | HtmlPreview
    | PdfPreview
    | DirectoryPreview
    | BinaryPreview,
    Field(discriminator="kind"),
]
