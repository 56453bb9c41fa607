"""Directories as archives: a zip that is equal for equal content, and an extractor that trusts nothing."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plynx_common.domain.errors import InvalidInput

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
MOST_ENTRIES = 10_000
MOST_RATIO = 200
RATIO_FROM = 1024 * 1024
"""Bytes below which a ratio tells nothing: a megabyte of zeros harms nobody."""
COPY_BYTES = 1024 * 1024
UNIX = 3
LEVEL = 6
LOCAL_HEADER_BYTES = 30
ENCRYPTED = 0x1


class UnsafeArchive(InvalidInput):
    """An archive that would write where or what it must not."""

    code = "unsafe_archive"


# --- packing -----------------------------------------------------------------------------------


def pack(directory: Path, archive: Path) -> None:
    """Sorted names, fixed times, modes kept, empty directories kept. Raises `InvalidInput` for links and devices."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL, strict_timestamps=True) as zipped:
        entries = sorted(_entries(directory, ""))
        if len(entries) > MOST_ENTRIES:
            raise InvalidInput(
                f"directory '{directory.name}' has {len(entries)} entries, at most {MOST_ENTRIES} are taken: "
                "pack them into one file"
            )
        for name, path, mode in entries:
            _add(zipped, name, path, mode)


def _entries(directory: Path, prefix: str) -> Iterator[tuple[str, Path, int]]:
    """Name (of a directory with a slash), path and mode of everything below."""
    with os.scandir(directory) as found:
        entries = list(found)
    for entry in entries:
        name = prefix + entry.name
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            yield f"{name}/", Path(entry.path), mode
            yield from _entries(Path(entry.path), f"{name}/")
        elif stat.S_ISREG(mode):
            yield name, Path(entry.path), mode
        else:
            raise InvalidInput(f"'{name}' in the directory is a link or no plain file: copy its content instead")
        _check_name(name)


def _add(zipped: zipfile.ZipFile, name: str, path: Path, mode: int) -> None:
    member = zipfile.ZipInfo(name, FIXED_TIME)
    member.create_system = UNIX
    member.external_attr = (stat.S_IFMT(mode) | stat.S_IMODE(mode) & 0o777) << 16
    if stat.S_ISDIR(mode):
        member.external_attr |= 0x10
        zipped.writestr(member, b"")
        return
    member.file_size = path.stat().st_size
    member.compress_type = zipfile.ZIP_STORED if _shrinks_too_much(path, member.file_size) else zipfile.ZIP_DEFLATED
    with path.open("rb") as source, zipped.open(member, "w") as target:
        while piece := source.read(COPY_BYTES):
            target.write(piece)


def _shrinks_too_much(path: Path, size: int) -> bool:
    """Whether the extractor would take it for a bomb. Ordinary files are judged after a few percent of them."""
    if size <= RATIO_FROM:
        return False
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    compressed = 0
    with path.open("rb") as source:
        while compressed * MOST_RATIO < size and (piece := source.read(COPY_BYTES)):
            compressed += len(deflate.compress(piece))
    return (compressed + len(deflate.flush())) * MOST_RATIO < size


# --- extracting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Member:
    entry: zipfile.ZipInfo
    parts: tuple[str, ...]
    is_directory: bool
    mode: int


def extract(archive: Path, directory: Path) -> None:
    """Into an empty directory. Raises `UnsafeArchive` before anything is written, or at the byte that goes too far."""
    try:
        with archive.open("rb") as file, zipfile.ZipFile(file) as zipped:
            members = _checked(zipped)
            for member in members:
                _write(zipped, member, directory)
            for member in reversed(members):  # a read-only directory must be filled first
                if member.is_directory:
                    directory.joinpath(*member.parts).chmod(member.mode)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise UnsafeArchive(f"'{archive.name}' is no archive that can be read: {error}") from error


def _checked(zipped: zipfile.ZipFile) -> list[_Member]:
    entries = zipped.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnsafeArchive(f"the archive has {len(entries)} entries, at most {MOST_ENTRIES} are taken")
    _refuse_overlaps(zipped, entries)
    members = [_member(entry) for entry in entries]
    _refuse_duplicates(members)
    return members


def _member(entry: zipfile.ZipInfo) -> _Member:
    # `filename` is cut at NUL and has its separators replaced: what counts is what the archive says.
    name = entry.orig_filename
    _check_name(name)
    if entry.flag_bits & ENCRYPTED:
        raise UnsafeArchive(f"entry {name!r} of the archive is encrypted")
    mode = entry.external_attr >> 16
    is_directory = name.endswith("/")
    kind = stat.S_IFMT(mode)
    if kind not in {0, stat.S_IFDIR if is_directory else stat.S_IFREG}:
        raise UnsafeArchive(f"entry {name!r} of the archive is a link, a device or not what its name says")
    permissions = stat.S_IMODE(mode) & 0o777 or (0o755 if is_directory else 0o644)
    return _Member(entry, tuple(name.rstrip("/").split("/")), is_directory, permissions)


def _check_name(name: str) -> None:
    if "\0" in name or "\\" in name:
        raise UnsafeArchive(f"name {name!r} in the archive has a NUL or a backslash")
    parts = name.removesuffix("/").split("/")
    if any(part in {"", ".", ".."} for part in parts) or len(name.encode(errors="surrogateescape")) > 4000:
        raise UnsafeArchive(f"name {name[:200]!r} in the archive is absolute, empty, too long or has '.' or '..'")
    if any(len(part.encode(errors="surrogateescape")) > 255 for part in parts):
        raise UnsafeArchive(f"name {name[:200]!r} in the archive has a part longer than a file's name can be")


def _refuse_duplicates(members: list[_Member]) -> None:
    """No name twice, and no file where another entry needs a directory."""
    files: set[tuple[str, ...]] = set()
    directories: set[tuple[str, ...]] = set()
    for member in members:
        if member.parts in files or (member.is_directory and member.parts in directories):
            raise UnsafeArchive(f"entry {member.entry.orig_filename!r} is in the archive twice")
        (directories if member.is_directory else files).add(member.parts)
    for member in members:
        for depth in range(1, len(member.parts) + member.is_directory):
            if member.parts[:depth] in files:
                raise UnsafeArchive(f"entry {member.entry.orig_filename!r} lies below a file of the archive")


def _refuse_overlaps(zipped: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes unpack to far more than the archive's size: each must end before the next begins."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise UnsafeArchive(f"entry {entry.orig_filename!r} overlaps another one in the archive")
        end = (
            entry.header_offset + 30 + len(entry.orig_filename.encode("utf-8", "surrogateescape")) + entry.compress_size
        )
    if entries and end > zipped.start_dir:
        raise UnsafeArchive("an entry overlaps the directory of the archive")


def _write(zipped: zipfile.ZipFile, member: _Member, directory: Path) -> None:
    path = directory.joinpath(*member.parts)
    if member.is_directory:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as target, zipped.open(member.entry) as source:
        _copy(source, target, member.entry)  # type: ignore[arg-type]
        os.fchmod(descriptor, member.mode)


def _copy(source: BinaryIO, target: BinaryIO, entry: zipfile.ZipInfo) -> None:
    """Counts what really comes out: the sizes that an archive declares are its own claim."""
    allowed = max(RATIO_FROM, entry.compress_size * MOST_RATIO)
    written = 0
    while piece := source.read(COPY_BYTES):
        written += len(piece)
        if written > allowed:
            raise UnsafeArchive(f"entry {entry.orig_filename!r} unpacks to more than {MOST_RATIO} times its size")
        target.write(piece)
