"""The logs of an attempt: every byte once, in bounds, masked."""

from __future__ import annotations

import hashlib
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from plynx_common.testing.eventually import eventually
from plynx_worker import log_streams
from plynx_worker.log_streams import CHUNK_BYTES, HEAD_BYTES, INLINE_BYTES, TAIL_BYTES, AttemptLogs, Chunk

MIB = 1024 * 1024


@pytest.fixture
def chunks() -> list[Chunk]:
    return []


@pytest.fixture
def logs(tmp_path: Path, chunks: list[Chunk]) -> AttemptLogs:
    return AttemptLogs(tmp_path / "spool", chunks.append)


def joined(chunks: list[Chunk], stream: str = "stdout") -> bytes:
    """Checks on the way that they follow each other without gap."""
    content = b""
    for seq, chunk in enumerate(chunk for chunk in chunks if chunk.stream == stream):
        assert (chunk.seq, chunk.offset) == (seq, len(content))
        assert 0 < len(chunk.data) <= CHUNK_BYTES
        content += chunk.data
    return content


async def test_a_short_log_travels_inline_and_is_never_published(
    logs: AttemptLogs, chunks: list[Chunk], tmp_path: Path
) -> None:
    every_byte = bytes(range(256))
    logs.write("stdout", every_byte)
    logs.write("stdout", b"x" * (INLINE_BYTES - 256))
    final = logs.finish()["stdout"]
    assert final.inline is not None
    assert final.inline.encode("latin-1")[:256] == every_byte
    assert final.bytes == INLINE_BYTES
    assert final.sha256 == hashlib.sha256(every_byte + b"x" * (INLINE_BYTES - 256)).hexdigest()
    assert (final.path, final.truncated) == (None, False)
    assert chunks == []
    assert list(tmp_path.iterdir()) == []


async def test_a_longer_log_is_a_file(logs: AttemptLogs) -> None:
    content = os.urandom(INLINE_BYTES + 1)
    logs.write("stderr", content)
    final = logs.finish()["stderr"]
    assert final.inline is None
    assert final.path is not None
    assert final.path.read_bytes() == content
    assert final.sha256 == hashlib.sha256(content).hexdigest()


async def test_streams_that_are_silent_have_no_log(logs: AttemptLogs) -> None:
    logs.write("worker", b"line\n")
    logs.write("stdout", b"")
    assert set(logs.finish()) == {"worker"}
    assert logs.stderr_tail() == ""


async def test_what_is_written_is_published_after_a_while(logs: AttemptLogs, chunks: list[Chunk]) -> None:
    logs.write("stdout", b"one ")
    logs.write("stdout", b"two ")
    assert chunks == []
    await eventually(lambda: chunks)
    assert joined(chunks) == b"one two "
    logs.write("stdout", b"three")
    final = logs.finish()["stdout"]
    assert joined(chunks) == b"one two three"  # who follows a log sees its end
    assert final.inline == "one two three"


async def test_much_is_published_at_once_in_chunks(logs: AttemptLogs, chunks: list[Chunk]) -> None:
    content = os.urandom(3 * CHUNK_BYTES + 100)
    logs.write("stdout", content)
    assert joined(chunks) == content
    assert len(chunks) == 4


async def test_streams_are_published_apart(logs: AttemptLogs, chunks: list[Chunk]) -> None:
    for n in range(20):
        logs.write("stdout", b"o" * 4096)
        logs.write("stderr", bytes([n]) * 4096)
    logs.finish()
    assert joined(chunks) == b"o" * 20 * 4096
    assert joined(chunks, "stderr") == b"".join(bytes([n]) * 4096 for n in range(20))


async def test_after_the_end_nothing_is_taken_and_no_timer_is_left(logs: AttemptLogs, chunks: list[Chunk]) -> None:
    logs.write("stdout", b"all")
    first = logs.finish()
    logs.write("stdout", b"late")
    assert logs.finish() == first
    assert first["stdout"].bytes == 3
    assert logs._streams["stdout"]._live._timer is None
    assert chunks == []


async def test_any_range_can_be_fetched_while_it_grows_and_afterwards(logs: AttemptLogs) -> None:
    rng = random.Random(1)
    written = b""
    for _ in range(60):
        piece = rng.randbytes(rng.randrange(5000))
        written += piece
        logs.write("stdout", piece)
        start = rng.randrange(len(written) + 2)
        end = rng.choice([None, start + rng.randrange(40_000)])
        assert logs.read("stdout", start, end) == written[start:end]
    logs.finish()
    assert logs.read("stdout", 0, None) == written
    assert logs.read("stderr", 0, None) == b""
    assert logs.read("stdout", -5, 3) == written[:3]


async def test_head_and_tail_are_kept_and_the_cut_is_marked(logs: AttemptLogs, chunks: list[Chunk]) -> None:
    head, middle, tail = os.urandom(HEAD_BYTES), os.urandom(3 * MIB), os.urandom(TAIL_BYTES)
    for content in (head, middle, tail):
        for at in range(0, len(content), 60_001):
            logs.write("stdout", content[at : at + 60_001])
    final = logs.finish()["stdout"]
    assert final.path is not None
    kept = final.path.read_bytes()
    assert kept[:HEAD_BYTES] == head
    assert kept[-TAIL_BYTES:] == tail
    assert f"cut {3 * MIB} bytes".encode() in kept[HEAD_BYTES:-TAIL_BYTES]
    assert final.truncated
    assert (final.bytes, final.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())
    assert kept.startswith(joined(chunks))  # what was seen live is the beginning of what is kept


async def test_a_log_of_exactly_the_caps_is_whole(logs: AttemptLogs) -> None:
    content = os.urandom(HEAD_BYTES + TAIL_BYTES)
    logs.write("stdout", content)
    final = logs.finish()["stdout"]
    assert final.path is not None
    assert not final.truncated
    assert final.path.read_bytes() == content


async def test_a_gigabyte_of_output_takes_little_memory(tmp_path: Path) -> None:
    published = 0

    def count(chunk: Chunk) -> None:
        nonlocal published
        published += len(chunk.data)

    logs = AttemptLogs(tmp_path / "spool", count)
    piece = os.urandom(65_536)
    tracemalloc.start()
    for _ in range(1024 * MIB // len(piece)):
        logs.write("stdout", piece)
    final = logs.finish()["stdout"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * TAIL_BYTES
    assert published == HEAD_BYTES
    assert HEAD_BYTES + TAIL_BYTES < final.bytes < HEAD_BYTES + TAIL_BYTES + 200


async def test_secrets_are_in_no_chunk_no_spool_and_no_final_log(tmp_path: Path, chunks: list[Chunk]) -> None:
    logs = AttemptLogs(tmp_path / "spool", chunks.append, ["s3cr3t-t0ken", "other"])
    for _ in range(5000):
        for piece in (b"a s3cr3t", b"-t0k", b"en b\n"):
            logs.write("stdout", piece)
    logs.write("stderr", b"fatal: s3cr3t-t0")
    logs.write("stderr", b"ken is wrong")
    finals = logs.finish()
    assert finals["stderr"].inline == "fatal: *** is wrong"
    assert logs.stderr_tail() == "fatal: *** is wrong"
    assert finals["stdout"].path is not None
    assert finals["stdout"].path.read_bytes() == joined(chunks) == b"a *** b\n" * 5000


async def test_the_beginning_of_a_secret_at_the_very_end_is_not_lost(tmp_path: Path) -> None:
    logs = AttemptLogs(tmp_path / "spool", lambda _: None, ["s3cr3t"])
    logs.write("stdout", b"ends with s3c")
    assert logs.finish()["stdout"].inline == "ends with s3c"


async def test_the_failure_s_text_is_the_last_lines_of_stderr(logs: AttemptLogs) -> None:
    for n in range(1000):
        logs.write("stderr", f"line {n}\n".encode())
    logs.finish()
    lines = logs.stderr_tail().splitlines()
    assert lines[-1] == "line 999"
    assert len(lines) == log_streams.RECENT_LINES


async def test_the_spool_is_removed_when_nobody_needs_it(logs: AttemptLogs, tmp_path: Path) -> None:
    logs.write("stdout", b"x" * 100_000)
    logs.finish()
    assert len(list(tmp_path.iterdir())) == 1
    logs.remove()
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_costs_the_log_and_not_the_script(tmp_path: Path, chunks: list[Chunk]) -> None:
    """A spool that cannot be written: what was kept so far is the log, and says that it is not whole."""
    logs = AttemptLogs(tmp_path / "gone" / "spool", chunks.append)
    for _ in range(50):
        logs.write("stdout", b"x" * 10_000)
    final = logs.finish()["stdout"]
    assert final.truncated
    assert final.inline is not None
    assert final.bytes == len(final.inline)
    assert final.sha256 == hashlib.sha256(final.inline.encode("latin-1")).hexdigest()
