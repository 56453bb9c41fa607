"""The worker's cache of artifacts: bounded, least recently used first, never what somebody holds."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from plynx_worker.artifact_cache import ArtifactCache

KIB = 1024


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def cache_in(folder: Path, limit: int = 10 * KIB) -> ArtifactCache:
    cache = ArtifactCache(folder / "cache", limit)
    cache.open()
    return cache


async def keep_file(cache: ArtifactCache, folder: Path, content: bytes) -> str:
    source = folder / "source"
    source.write_bytes(content)
    await cache.keep_file(digest(content), source)
    source.unlink()
    return digest(content)


def content_of(cache: ArtifactCache, name: str) -> bytes | None:
    found = cache.find(name)
    return found.read_bytes() if isinstance(found, Path) else found


async def test_small_contents_stay_in_memory_and_never_touch_the_disk(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.keep(digest(b"a"), b"a")
    assert content_of(cache, digest(b"a")) == b"a"
    assert not list((tmp_path / "cache").iterdir())


async def test_a_file_outlives_the_directory_it_came_from_and_the_worker(tmp_path: Path) -> None:
    name = await keep_file(cache_in(tmp_path), tmp_path, b"x" * KIB)
    assert content_of(cache_in(tmp_path), name) == b"x" * KIB


async def test_an_output_that_is_a_link_is_kept_by_its_content(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    (tmp_path / "real").write_bytes(b"real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    await cache.keep_file(digest(b"real"), tmp_path / "link")
    (tmp_path / "real").unlink()
    assert content_of(cache, digest(b"real")) == b"real"


async def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    names = [await keep_file(cache, tmp_path, bytes([n]) * 4 * KIB) for n in range(2)]
    assert content_of(cache, names[0])
    newest = await keep_file(cache, tmp_path, b"n" * 4 * KIB)
    assert [content_of(cache, name) is not None for name in (*names, newest)] == [True, False, True]
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) == 8 * KIB


async def test_what_is_held_stays_until_it_is_let_go(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    held = await keep_file(cache, tmp_path, b"h" * 8 * KIB)
    with cache.held([held]):
        await keep_file(cache, tmp_path, b"o" * 8 * KIB)
        assert content_of(cache, held)
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 10 * KIB


async def test_one_larger_than_the_cache_is_there_while_it_is_held(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, limit=0)
    content = b"l" * 20 * KIB
    with cache.held([digest(content)]):
        cache.draft(digest(content)).write_bytes(content)
        await cache.keep_file(digest(content), cache.draft(digest(content)))
        assert content_of(cache, digest(content)) == content
    assert cache.find(digest(content)) is None
    assert not list((tmp_path / "cache").iterdir())


async def test_half_written_files_of_an_earlier_incarnation_are_removed(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.draft(digest(b"a")).write_bytes(b"half")
    again = cache_in(tmp_path)
    assert again.find(digest(b"a")) is None
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("limit", [0, 10 * KIB])
async def test_a_file_that_somebody_removed_is_not_there(tmp_path: Path, limit: int) -> None:
    cache = cache_in(tmp_path, limit)
    name = await keep_file(cache, tmp_path, b"gone" * KIB)
    for path in (tmp_path / "cache").iterdir():
        path.unlink()
    assert cache.find(name) is None
