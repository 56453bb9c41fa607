"""Text by ranges: cut between characters, so that one range after the other gives the whole."""

from __future__ import annotations

from plynx_api.previews.models import BinaryPreview, TextPreview
from plynx_api.previews.source import Source

HEAD = 256
"""Bytes that are shown of what is no text."""
_LONGEST_CHARACTER = 4


async def text_preview(source: Source, type: str, start: int, limit: int, note: str | None = None) -> TextPreview:
    """At most `limit` bytes from `start` on, but for a character that one of these borders cuts."""
    content = await source.read(start, start + limit)
    skipped = _continuation_bytes(content) if start else 0
    content = content[skipped:]
    if start + skipped + len(content) < source.size:
        content = _whole_characters(content)
    offset = start + skipped
    text = content.decode("utf-8", "replace")
    return TextPreview(type=type, size=source.size, note=note, offset=offset, end=offset + len(content), text=text)


def _continuation_bytes(content: bytes) -> int:
    """At its beginning, of a character that began before."""
    count = 0
    while count < min(len(content), _LONGEST_CHARACTER - 1) and content[count] & 0xC0 == 0x80:
        count += 1
    return count


def _whole_characters(content: bytes) -> bytes:
    """Without the beginning of a character at its end."""
    for back in range(1, min(len(content), _LONGEST_CHARACTER) + 1):
        byte = content[-back]
        if byte & 0xC0 == 0x80:
            continue
        length = 2 if byte >> 5 == 0b110 else 3 if byte >> 4 == 0b1110 else 4 if byte >> 3 == 0b11110 else 1
        return content[:-back] if length > back and len(content) > back else content
    return content


def is_text(head: bytes) -> bool:
    """By the first bytes of something."""
    if b"\0" in head:
        return False
    try:
        _whole_characters(head).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def binary_preview(source: Source, type: str, note: str | None = None) -> BinaryPreview:
    head = await source.read(0, HEAD)
    return BinaryPreview(type=type, size=source.size, note=note, head=head.hex())
