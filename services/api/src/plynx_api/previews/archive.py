"""Directories, which are stored as zip files: their list and single members, without reading or unpacking the rest."""

from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from collections.abc import Callable
from typing import TypeVar

from plynx_api.previews.models import DirectoryPreview, Member
from plynx_api.previews.source import MOST_READ, Source, UnpackedSource
from plynx_common.domain.errors import InvalidInput, NotFound

BLOCK = 128 * 1024
MOST_BLOCKS = 64
"""Of one archive in one request: 8 MiB."""
MOST_MEMBERS = 10_000
"""What a directory may hold."""
LISTED = 1000
UNPACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What workers pack with. An LZMA stream says itself how many gigabytes of memory it wants."""

T = TypeVar("T")


class _Missing(Exception):
    def __init__(self, block: int) -> None:
        super().__init__(f"block {block} has not been read yet")
        self.block = block


class _Blocks(io.RawIOBase):
    """An archive as a file of which only some blocks are there; asking for another raises `_Missing`."""

    def __init__(self, size: int, blocks: dict[int, bytes]) -> None:
        super().__init__()
        self._size = size
        self._blocks = blocks
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(f"there is nothing before the beginning ({offset})")
        self._at = base + offset
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        found = bytearray()
        while self._at + len(found) < end:
            block, begin = divmod(self._at + len(found), BLOCK)
            if block not in self._blocks:
                raise _Missing(block)
            piece = self._blocks[block][begin : begin + end - self._at - len(found)]
            if not piece:
                break
            found += piece
        self._at += len(found)
        return bytes(found)


async def directory_preview(source: Source, type: str, first: int) -> DirectoryPreview:
    """Raises `InvalidInput` for what is no archive."""
    entries = await _reading(source, lambda zipped: zipped.infolist())
    if len(entries) > MOST_MEMBERS:
        raise InvalidInput(f"it has {len(entries)} members, of at most {MOST_MEMBERS} a list is shown: download it")
    shown = entries[first : first + LISTED]
    members = [Member(path=each.filename, size=each.file_size, packed_size=each.compress_size) for each in shown]
    left = len(entries) - first - len(shown)
    return DirectoryPreview(
        type=type,
        size=source.size,
        note=f"{left} more members: ask 'from' {first + LISTED}" if left > 0 else None,
        members=members,
        member_count=len(entries),
        unpacked_size=sum(each.file_size for each in entries),
    )


async def member_of(source: Source, path: str) -> UnpackedSource:
    """The beginning of one member, unpacked; raises `NotFound`, or `InvalidInput` for what cannot be."""

    def unpacked(zipped: zipfile.ZipFile) -> UnpackedSource:
        try:
            entry = zipped.getinfo(path)
        except KeyError:
            raise NotFound(f"the directory has no member '{path[:200]}'") from None
        if entry.is_dir():
            raise InvalidInput(f"member '{path[:200]}' is a directory: name a file in it")
        if entry.flag_bits & 0x1:
            raise InvalidInput(f"member '{path[:200]}' is encrypted: download the archive")
        if entry.compress_type not in UNPACKED:
            raise InvalidInput(f"member '{path[:200]}' is packed as no directory of ours is: download the archive")
        with zipped.open(entry) as file:
            return UnpackedSource(file.read(MOST_READ), entry.file_size)

    return await _reading(source, unpacked)


async def _reading(source: Source, use: Callable[[zipfile.ZipFile], T]) -> T:
    blocks: dict[int, bytes] = {}
    zipped = await _retried(source, blocks, lambda: zipfile.ZipFile(_Blocks(source.size, blocks)))
    return await _retried(source, blocks, lambda: use(zipped))


async def _retried(source: Source, blocks: dict[int, bytes], call: Callable[[], T]) -> T:
    """Called again for each block that it misses; what was read stays. Raises `InvalidInput`."""
    while True:
        try:
            # Lists of ten thousands of members take seconds: others are served meanwhile.
            return await asyncio.to_thread(call)
        except _Missing as missing:
            if len(blocks) >= MOST_BLOCKS:
                raise InvalidInput(
                    f"more than {MOST_BLOCKS * BLOCK // 2**20} MiB would have to be read for this: download it"
                ) from None
            start = missing.block * BLOCK
            blocks[missing.block] = await source.read(start, start + BLOCK)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise InvalidInput(f"it is no archive that can be read: {error}") from None
