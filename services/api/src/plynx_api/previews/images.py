"""Images, told apart by their first bytes, with their size in pixels where that is written near the beginning."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 64 * 1024
"""Bytes that are looked at: a photograph has its thumbnail before its size."""
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg[\s>]", re.DOTALL)
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of frames; the others in this range are tables."""


@dataclass(frozen=True, slots=True)
class Picture:
    format: str
    content_type: str
    width: int | None = None
    height: int | None = None


def picture_of(head: bytes) -> Picture | None:
    """None: no image that a browser shows."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Picture("png", "image/png", *_pair(head, 16, 4, "big"))
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Picture("gif", "image/gif", *_pair(head, 6, 2, "little"))
    if head.startswith(b"\xff\xd8\xff"):
        return Picture("jpeg", "image/jpeg", *_of_jpeg(head))
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Picture("webp", "image/webp", *_of_webp(head))
    if _SVG.match(head[:4096]):
        return Picture("svg", "image/svg+xml")
    return None


def _pair(head: bytes, at: int, length: int, order: str) -> tuple[int | None, int | None]:
    if len(head) < at + 2 * length:
        return None, None
    byteorder = "big" if order == "big" else "little"
    first, second = head[at : at + length], head[at + length : at + 2 * length]
    return int.from_bytes(first, byteorder), int.from_bytes(second, byteorder)


def _of_jpeg(head: bytes) -> tuple[int | None, int | None]:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in _JPEG_SIZES:
            height, width = _pair(head, at + 5, 2, "big")
            return width, height
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None, None


def _of_webp(head: bytes) -> tuple[int | None, int | None]:
    match head[12:16]:
        case b"VP8X" if len(head) >= 30:
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case b"VP8 " if len(head) >= 30:
            width, height = _pair(head, 26, 2, "little")
            return (width or 0) & 0x3FFF, (height or 0) & 0x3FFF
        case b"VP8L" if len(head) >= 25:
            bits = int.from_bytes(head[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case _:
            return None, None
