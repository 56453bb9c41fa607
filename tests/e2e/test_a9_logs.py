"""A9: logs stdout, stderr, worker; live as soon as the script flushes; each byte once, whenever a reader comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from plynx_common.testing.eventually import eventually
from tests.e2e.client import Client
from tests.e2e.documents import Document, single

STREAMS = ("stdout", "stderr")
TALK = """
import hashlib, os, sys, time
seen = {"stdout": hashlib.sha256(), "stderr": hashlib.sha256()}
def say(stream, text):
    getattr(sys, stream).write(text)
    seen[stream].update(text.encode())
def wait_for(name):
    sys.stdout.flush(); sys.stderr.flush()
    while not os.path.exists(f"{params['signals']}/{name}"):
        time.sleep(0.01)
say("stdout", "begun\\n"); say("stderr", "complaint\\n")
wait_for("more")
for number in range(3000):
    say("stdout", f"{number} " + "ä" * 40 + "\\n")
    say("stderr", f"\\x1b[31m{number}\\x1b[0m\\r")
    if number % 500 == 0:
        sys.stdout.flush()
wait_for("end")
say("stdout", "last words without a line break")
for stream, digest in seen.items():
    open(outputs[stream], "w").write(digest.hexdigest())
"""
"""Reports by other means than the log what its log must be."""


@pytest.fixture
def signals(client: Client, tmp_path: Path) -> Iterator[Path]:
    """Files here tell the script to go on; a test that fails does not leave it waiting."""
    yield tmp_path
    for name in ("more", "end"):
        (tmp_path / name).touch()


def talking(signals: Path) -> Document:
    return single(
        TALK,
        "python",
        parameters={"signals": "str"},
        values={"signals": str(signals)},
        outputs={"stdout": "str", "stderr": "str"},
    )


class Follower:
    """Reads a log to its end, in a thread of its own."""

    def __init__(self, client: Client, run: str, stream: str, start: int = 0) -> None:
        self.received = bytearray()
        self._where = f"/runs/{run}/nodes/it/logs/{stream}"
        self._query = {"follow": "true", "from": str(start)}
        self._client = client
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._client.connection.stream(self._where, **self._query) as answer:
            for piece in answer.iter_raw():
                self.received += piece

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.received).hexdigest()

    async def ended(self) -> None:
        await eventually(lambda: not self._thread.is_alive(), within=10, story="the follower sees the end of the log")


async def test_a9_a_line_is_seen_while_the_script_still_runs(client: Client, signals: Path) -> None:
    run = client.submit(talking(signals))
    followers = {stream: Follower(client, run, stream) for stream in STREAMS}

    await eventually(lambda: b"begun\n" in followers["stdout"].received, within=15, story="the line is seen live")
    await eventually(lambda: b"complaint\n" in followers["stderr"].received, story="and the other stream's")
    assert client.node(run, "it")["state"] == "running"
    await eventually(lambda: client.log(run, "it") == b"begun\n", story="the store has it as well")

    (signals / "more").touch()
    (signals / "end").touch()
    (await client.end_of(run)).succeeded()
    for stream, follower in followers.items():
        await follower.ended()
        assert follower.digest == client.output(run, "it", stream).decode()


async def test_a9_followers_from_the_start_the_middle_and_the_end_agree(client: Client, signals: Path) -> None:
    run = client.submit(talking(signals))
    early = Follower(client, run, "stdout")
    await eventually(lambda: early.received.startswith(b"begun"), within=15, story="the script talks")
    (signals / "more").touch()
    await eventually(lambda: len(early.received) > 100_000, story="the script is in the middle of its talk")
    middle = {stream: Follower(client, run, stream) for stream in STREAMS}
    offset = len(early.received) - 1000
    resumed = Follower(client, run, "stdout", offset)
    await eventually(lambda: len(middle["stdout"].received) > 100_000, story="the second reader has caught up")
    (signals / "end").touch()
    (await client.end_of(run)).succeeded()
    late = Follower(client, run, "stdout")

    for follower in (early, resumed, late, *middle.values()):
        await follower.ended()

    final = {stream: client.output(run, "it", stream).decode() for stream in STREAMS}
    assert {early.digest, late.digest, middle["stdout"].digest} == {final["stdout"]}
    assert middle["stderr"].digest == final["stderr"]
    assert early.received[offset:] == resumed.received
    assert hashlib.sha256(client.log(run, "it")).hexdigest() == final["stdout"]


async def test_a9_the_worker_says_why_a_node_failed(client: Client) -> None:
    run = (await client.run(single("echo out; echo err >&2; exit 7"))).failed()

    assert client.log(run.id, "it", "stdout") == b"out\n"
    assert client.log(run.id, "it", "stderr") == b"err\n"
    assert b"exited with code 7" in client.log(run.id, "it", "worker")
    assert run.failures["it"]["stderr_tail"] == "err"


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000])
async def test_a9_every_byte_is_kept_whatever_the_size(client: Client, size: int) -> None:
    cmd = f"head -c {size} /dev/urandom > data; cat data; sha256sum < data | cut -d' ' -f1 > $PLYNX_OUTPUT_digest"

    run = (await client.run(single(cmd, outputs={"digest": "str"}, cacheable=False))).succeeded()

    log = client.log(run.id, "it")
    assert len(log) == size
    assert hashlib.sha256(log).hexdigest() == client.output(run.id, "it", "digest").decode().strip()


async def test_a9_of_an_endless_log_the_beginning_and_the_end_are_kept_with_a_mark_between(client: Client) -> None:
    # 30 MB in lines of 10 bytes, each of which says where it stands.
    run = (await client.run(single("seq -f %09.0f 0 2999999", cacheable=False))).succeeded()

    log = b"".join(pieces(client, run.id))

    head, tail = 20 * 2**20, 4 * 2**20
    expected = b"".join(b"%09d\n" % number for number in range(3_000_000))
    assert log.startswith(expected[:head])
    assert log.endswith(expected[-tail:])
    mark = log[head:-tail]
    assert 0 < len(mark) < 500, "what was cut is said in a line or two"
    assert str(len(expected) - head - tail).encode() in mark.replace(b" ", b"").replace(b",", b"")


def pieces(client: Client, run: str) -> Iterator[bytes]:
    """As a client pages through a large log."""
    position = 0
    while True:
        with client.connection.stream(f"/runs/{run}/nodes/it/logs/stdout", **{"from": position}) as answer:
            piece = answer.read()
        if not piece:
            return
        yield piece
        position += len(piece)
