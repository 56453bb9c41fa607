"""Directories as archives: equal content gives equal bytes, and no crafted archive writes where it must not."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from plynx_common.domain.errors import InvalidInput
from plynx_worker import packing
from plynx_worker.packing import UnsafeArchive, extract, pack


@pytest.fixture
def out(tmp_path: Path) -> Path:
    directory = tmp_path / "out"
    directory.mkdir()
    return directory


def crafted(tmp_path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    archive = tmp_path / "crafted.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in entries:
            zipped.writestr(name, content)
    return archive


def member(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def refused(archive: Path, out: Path, words: str) -> None:
    with pytest.raises(UnsafeArchive, match=words):
        extract(archive, out)
    assert sorted(path.name for path in out.parent.iterdir()) == sorted({archive.name, "out"})


# --- round trip --------------------------------------------------------------------------------


def fill(directory: Path) -> None:
    (directory / "sub/empty").mkdir(parents=True)
    (directory / "sub/deep").mkdir()
    (directory / "sub/deep/ümlaut.txt").write_text("a" * 100_000)
    (directory / "run.sh").write_text("#!/bin/sh\n")
    (directory / "run.sh").chmod(0o750)
    (directory / "sub/deep").chmod(0o500)
    (directory / "nothing").touch()


def modes(directory: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path.relative_to(directory)): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in directory.rglob("*")
    }


def test_content_modes_and_empty_directories_come_back(tmp_path: Path, out: Path) -> None:
    source = tmp_path / "source"
    fill(source)
    pack(source, tmp_path / "packed.zip")
    extract(tmp_path / "packed.zip", out)
    assert modes(out) == modes(source)
    assert "sub/empty" in modes(out)
    assert modes(out)["run.sh"][0] == 0o750


def test_equal_content_gives_equal_bytes_whatever_its_times_and_order(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    fill(first)
    (second / "sub").mkdir(parents=True)
    (second / "nothing").touch()
    os.utime(second / "nothing", (1, 1))
    (second / "run.sh").write_text("#!/bin/sh\n")
    (second / "run.sh").chmod(0o750)
    (second / "sub/deep").mkdir()
    (second / "sub/deep/ümlaut.txt").write_text("a" * 100_000)
    (second / "sub/deep").chmod(0o500)
    (second / "sub/empty").mkdir()
    pack(first, tmp_path / "first.zip")
    pack(second, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_an_empty_directory_comes_back_empty(tmp_path: Path, out: Path) -> None:
    (tmp_path / "source").mkdir()
    pack(tmp_path / "source", tmp_path / "packed.zip")
    extract(tmp_path / "packed.zip", out)
    assert list(out.iterdir()) == []


def test_a_large_compressible_file_of_a_user_comes_back(tmp_path: Path, out: Path) -> None:
    """Zeros compress a thousand times: what we packed ourselves must be extractable."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source/zeros").write_bytes(bytes(50 << 20))
    pack(tmp_path / "source", tmp_path / "packed.zip")
    extract(tmp_path / "packed.zip", out)
    assert (out / "zeros").stat().st_size == 50 << 20


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_links_and_devices_are_not_packed(tmp_path: Path, kind: str) -> None:
    (tmp_path / "source").mkdir()
    if kind == "link":
        (tmp_path / "source/odd").symlink_to("/etc/passwd")
    else:
        os.mkfifo(tmp_path / "source/odd")
    with pytest.raises(InvalidInput, match="'odd'"):
        pack(tmp_path / "source", tmp_path / "packed.zip")


def test_names_that_could_not_be_extracted_are_not_packed(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/back\\slash").touch()
    with pytest.raises(InvalidInput, match="backslash"):
        pack(tmp_path / "source", tmp_path / "packed.zip")


def test_too_many_files_are_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_ENTRIES", 3)
    (tmp_path / "source").mkdir()
    for n in range(4):
        (tmp_path / f"source/{n}").touch()
    with pytest.raises(InvalidInput, match="has 4 entries"):
        pack(tmp_path / "source", tmp_path / "packed.zip")


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "/etc/owned",
        "../owned",
        "a/../../owned",
        "a/./b",
        "a//b",
        "..",
        ".",
        "a/..",
        "//owned",
        "a" * 256,
        "a/" * 3000 + "b",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, out: Path, name: str) -> None:
    refused(crafted(tmp_path, (name, b"x")), out, "name ")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("name", ["a\\b", "..\\owned", "C:\\owned"])
def test_backslashes_are_refused(tmp_path: Path, out: Path, name: str) -> None:
    refused(crafted(tmp_path, (name, b"x")), out, "backslash")


def test_a_nul_in_a_name_is_refused(tmp_path: Path, out: Path) -> None:
    archive = crafted(tmp_path, ("safeXowned", b"x"))
    archive.write_bytes(archive.read_bytes().replace(b"safeXowned", b"safe\0owned"))
    refused(archive, out, "NUL")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, out: Path, kind: int) -> None:
    refused(crafted(tmp_path, (member("odd", kind | 0o777), b"/etc/passwd")), out, "a link, a device")


def test_a_file_that_calls_itself_a_directory_is_refused(tmp_path: Path, out: Path) -> None:
    refused(crafted(tmp_path, (member("odd/", stat.S_IFLNK | 0o777), b"")), out, "a link, a device")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("d/", "d/"), ("a", "a/"), ("a/", "a")])
def test_duplicates_are_refused(tmp_path: Path, out: Path, names: tuple[str, str]) -> None:
    refused(crafted(tmp_path, *((name, b"") for name in names)), out, "twice|below a file")


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/b", "a/b/c/d")])
def test_entries_below_a_file_are_refused(tmp_path: Path, out: Path, names: tuple[str, str]) -> None:
    refused(crafted(tmp_path, *((name, b"") for name in names)), out, "below a file")


def test_overlapping_entries_are_refused(tmp_path: Path, out: Path) -> None:
    """As in a bomb that names the same bytes again and again: both central entries point at the first file."""
    archive = crafted(tmp_path, ("aaaa", b"x" * 100), ("bbbb", b"y" * 100))
    content = archive.read_bytes()
    second = content.rindex(b"PK\x01\x02")
    archive.write_bytes(content[: second + 42] + struct.pack("<L", 0) + content[second + 46 :])
    refused(archive, out, "overlaps")


def test_an_entry_that_reaches_into_the_directory_of_the_archive_is_refused(tmp_path: Path, out: Path) -> None:
    archive = crafted(tmp_path, ("aaaa", b"x" * 100))
    content = archive.read_bytes()
    central = content.rindex(b"PK\x01\x02")
    archive.write_bytes(content[: central + 20] + struct.pack("<LL", 150, 150) + content[central + 28 :])
    refused(archive, out, "overlaps")


def test_too_many_entries_are_refused(tmp_path: Path, out: Path) -> None:
    refused(crafted(tmp_path, *((f"{n}", b"") for n in range(10_001))), out, "10001 entries")


def test_a_bomb_is_stopped_while_it_unpacks_whatever_size_it_declares(tmp_path: Path, out: Path) -> None:
    archive = tmp_path / "crafted.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("bomb", bytes(30 << 20))
    with pytest.raises(UnsafeArchive, match="200 times"):
        extract(archive, out)
    assert (out / "bomb").stat().st_size < 8 << 20


def test_encrypted_entries_are_refused(tmp_path: Path, out: Path) -> None:
    archive = crafted(tmp_path, ("a", b"x"))
    content = bytearray(archive.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    refused(archive, out, "encrypted")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, out: Path, content: bytes) -> None:
    (tmp_path / "crafted.zip").write_bytes(content)
    refused(tmp_path / "crafted.zip", out, "no archive")


def test_a_wrong_checksum_is_refused(tmp_path: Path, out: Path) -> None:
    archive = crafted(tmp_path, ("a", b"right"))
    archive.write_bytes(archive.read_bytes().replace(b"right", b"wrong"))
    with pytest.raises(UnsafeArchive, match="no archive that can be read"):
        extract(archive, out)


def test_a_broken_stream_is_refused(tmp_path: Path, out: Path) -> None:
    archive = tmp_path / "crafted.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a", os.urandom(1000))
    content = bytearray(archive.read_bytes())
    content[40:60] = zlib.compress(b"")[:1] * 20
    archive.write_bytes(content)
    with pytest.raises(UnsafeArchive, match="no archive that can be read"):
        extract(archive, out)


def test_modes_of_an_archive_never_set_the_user_or_group_id(tmp_path: Path, out: Path) -> None:
    extract(crafted(tmp_path, (member("a", stat.S_IFREG | 0o6755), b"x")), out)
    assert stat.S_IMODE((out / "a").stat().st_mode) == 0o755


def test_no_existing_file_or_link_is_written_through(tmp_path: Path, out: Path) -> None:
    (out / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        extract(crafted(tmp_path, ("a", b"x")), out)
    assert not (tmp_path / "elsewhere").exists()
