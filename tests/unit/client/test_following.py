"""A run as a client sees it: events applied, streams that break opened again, a limit to waiting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import pytest

from plynx.connection import Connection, Profile, Unreachable
from plynx.following import RunView, StillRunning, follow


def event(seq: int, state: str = "running", **nodes: str) -> dict[str, Any]:
    changes = [{"node": node, "state": value, "attempt": 1, "reason": None} for node, value in nodes.items()]
    return {"type": "run.changed", "run": "r", "seq": seq, "state": state, "counts": {}, "nodes": changes}


def snapshot(seq: int, state: str, **nodes: str) -> dict[str, Any]:
    changes = [{"node": node, "state": value, "attempt": 1, "reason": None} for node, value in nodes.items()]
    run = {"id": "r", "seq": seq, "state": state, "counts": {"succeeded": len(nodes)}}
    return {"type": "snapshot", "run": run, "nodes": changes}


class Streams(httpx.BaseTransport):
    """Answers each request with the next list of events, and breaks where one ends with an error."""

    def __init__(self, *streams: Iterable[dict[str, Any] | Exception]) -> None:
        self.streams = list(streams)
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if not self.streams:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, stream=Lines(self.streams.pop(0)))


class Lines(httpx.SyncByteStream):
    def __init__(self, events: Iterable[dict[str, Any] | Exception]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[bytes]:
        for each in self._events:
            if isinstance(each, Exception):
                raise each
            yield json.dumps(each).encode() + b"\n"


def connected(streams: Streams) -> Connection:
    connection = Connection(Profile("http://platform", "plx_x"))
    connection._http = httpx.Client(base_url="http://platform/api/v1", transport=streams)
    return connection


def test_a_run_is_followed_to_its_end() -> None:
    view = RunView("r")
    streams = Streams([snapshot(1, "pending"), event(2, a="running"), event(3, "succeeded", a="succeeded"), event(4)])
    changed = list(follow(connected(streams), view))
    assert changed == [[], ["a"], ["a"]]
    assert (view.state, view.seq, view.nodes["a"]["state"]) == ("succeeded", 3, "succeeded")


def test_a_stream_that_breaks_is_opened_again_and_starts_with_a_snapshot() -> None:
    view = RunView("r")
    streams = Streams(
        [snapshot(1, "running", a="running"), httpx.ReadError("gone")],
        [snapshot(7, "succeeded", a="succeeded", b="restored")],
    )
    list(follow(connected(streams), view))
    assert streams.asked == 2
    assert (view.state, view.counts) == ("succeeded", {"succeeded": 2})


def test_a_platform_that_stays_away_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"http://platform does not answer .*`plynx up`"):
        list(follow(connected(Streams()), RunView("r"), tries=1))


def test_waiting_ends_after_the_time_that_was_given() -> None:
    events = [snapshot(1, "running", a="running"), httpx.ReadTimeout("silence")]
    view = RunView("r")
    with pytest.raises(StillRunning, match="run 'r' is still running, and goes on: `plynx runs watch r`"):
        list(follow(connected(Streams(events, *[events] * 1000)), view, within=0.05))


def test_a_node_is_timed_while_it_runs_and_again_in_its_next_attempt() -> None:
    view = RunView("r")
    view.take(event(1, a="running", b="waiting"))
    began, ended = view.ran["a"]
    assert ended is None
    assert "b" not in view.ran
    view.take(event(2, a="running"))
    assert view.ran["a"] == (began, None)
    view.take(event(3, a="backoff"))
    assert view.ran["a"][1] is not None
    view.take(event(4, a="running"))
    assert view.ran["a"][0] >= began
    assert view.ran["a"][1] is None
