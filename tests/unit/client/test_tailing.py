"""The tail of a log in the client: each byte once, whatever breaks, on into later attempts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from plynx import tailing
from plynx.connection import Connection, Profile, Unreachable
from plynx.tailing import AttemptBegins, lines_of, tail


class Server:
    """Answers with what the test lines up: lists of frames, each the body of one connection."""

    def __init__(self, *bodies: list[dict[str, Any]], attempts: list[int], states: list[str] | None = None) -> None:
        """`attempts` and `states` of the node, one after the other as it is asked for; the last one stays."""
        self.bodies = list(bodies)
        self.attempts = attempts
        self.states = states or ["succeeded"]
        self.looks = 0
        self.asked: list[dict[str, str]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if "/logs/" not in request.url.path:
            self.looks += 1
            number, state = (each.pop(0) if len(each) > 1 else each[0] for each in (self.attempts, self.states))
            return httpx.Response(200, json={"attempt": number, "state": state})
        self.asked.append(dict(request.url.params))
        if not self.bodies:
            raise httpx.ConnectError("away")
        lines = (json.dumps(frame, ensure_ascii=False).encode() + b"\n" for frame in self.bodies.pop(0))
        return httpx.Response(200, content=iter_broken(lines))


def iter_broken(lines: Iterator[bytes]) -> Iterator[bytes]:
    """In pieces that know nothing of lines."""
    body = b"".join(lines)
    for start in range(0, len(body), 7):
        yield body[start : start + 7]


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "LONGEST_PAUSE", 0.0)


def tailed(server: Server, **options: Any) -> list[bytes | AttemptBegins]:
    connection = Connection(Profile("http://platform", "token"))
    connection._http = httpx.Client(base_url="http://platform/api/v1", transport=httpx.MockTransport(server.answer))
    with connection:
        return list(tail(connection, "run", "it", "stdout", **options))


def data(offset: int, content: str) -> dict[str, Any]:
    return {"type": "data", "offset": offset, "data": content}


def changed(attempt: int) -> dict[str, Any]:
    return {"type": "attempt_changed", "attempt": attempt}


SEALED = {"type": "sealed", "total": 0, "truncated": False}


def test_bytes_that_other_readers_take_for_the_end_of_a_line_arrive() -> None:
    server = Server([data(0, "a\x85b\x0cc\xffd"), {"type": "ping"}, SEALED], attempts=[1])

    assert tailed(server) == [b"a\x85b\x0cc\xffd"]


def test_after_a_break_it_goes_on_at_its_offset_and_drops_what_it_has_seen() -> None:
    server = Server([data(0, "hello")], [data(3, "lo wor"), data(9, "ld"), SEALED], attempts=[1])

    assert b"".join(piece for piece in tailed(server) if isinstance(piece, bytes)) == b"hello world"
    assert [asked["from"] for asked in server.asked] == ["0", "5"]


def test_a_connection_that_broke_is_taken_up_where_it_was_without_a_look_at_the_node() -> None:
    server = Server(
        [data(0, "first")],
        [data(5, "!"), SEALED, changed(2), data(0, "sec")],
        [data(3, "ond"), SEALED],
        attempts=[1, 2],
    )

    assert tailed(server) == [b"first", b"!", AttemptBegins(2), b"sec", b"ond"]
    assert [(asked["attempt"], asked["from"]) for asked in server.asked] == [("1", "0"), ("1", "5"), ("2", "3")]
    assert {asked["onward"] for asked in server.asked} == {"true"}
    assert server.looks == 2  # at the beginning and at the end


def test_a_server_that_stops_after_a_seal_does_not_end_the_log_of_a_node_that_goes_on() -> None:
    server = Server(
        [data(0, "first"), SEALED],
        [SEALED, changed(2), data(0, "2nd"), SEALED],
        attempts=[1, 1, 2],
        states=["running", "backoff", "succeeded"],
    )

    assert tailed(server) == [b"first", AttemptBegins(2), b"2nd"]


def test_a_node_without_an_attempt_is_waited_for_and_its_first_one_is_named() -> None:
    server = Server([{"type": "ping"}], [changed(2), data(0, "2nd"), SEALED], attempts=[0, 2])

    assert tailed(server) == [AttemptBegins(2), b"2nd"]
    assert [asked["attempt"] for asked in server.asked] == ["0", "0"]


def test_a_node_that_turns_out_to_be_restored_ends_with_the_log_of_its_origin() -> None:
    server = Server([changed(1), data(0, "then"), SEALED], attempts=[0], states=["waiting", "restored"])

    assert tailed(server) == [AttemptBegins(1), b"then"]


def test_the_next_attempt_on_the_same_connection_begins_at_its_first_byte() -> None:
    server = Server([data(0, "first"), SEALED, changed(2), data(0, "2nd"), SEALED], attempts=[1, 2])

    assert tailed(server) == [b"first", AttemptBegins(2), b"2nd"]


def test_a_platform_that_stays_away_is_given_up() -> None:
    server = Server([data(0, "x")], attempts=[1])

    with pytest.raises(Unreachable, match="does not answer"):
        tailed(server, tries=3)


def test_lines_are_whole_however_they_come_and_no_attempt_goes_on_with_the_line_of_another() -> None:
    said = [b"a\xc3", b"\xa4\r\n\nb", AttemptBegins(2), AttemptBegins(3), b"\xff\n", b"c"]

    assert list(lines_of(said)) == ["aä", "", "b", "\N{REPLACEMENT CHARACTER}", "c"]


def test_an_attempt_that_was_seen_to_begin_is_read_though_others_have_followed_it() -> None:
    server = Server([data(0, "1st"), SEALED, changed(3), data(0, "3rd"), SEALED], attempts=[3])

    assert tailed(server, attempt=1) == [b"1st", AttemptBegins(3), b"3rd"]
    assert server.asked[0]["attempt"] == "1"
