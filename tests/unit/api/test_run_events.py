"""A run as it goes: a snapshot, each change, a snapshot where one was missed, and the end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from plynx_api.live import run_events
from plynx_api.live.run_events import Event, Ping, RunEvents, Snapshot
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.run import Run, RunState
from plynx_common.domain.values import timestamp
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.runs import NodeChange, RunChanged
from plynx_common.repositories import node_runs, runs
from plynx_common.repositories.runs import Runs
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import START, run_until_idle
from tests.unit.api.parts import Stage, graph, node, problem

NODE = NodeRun(run="r1", node="a", team="default", pool="default/default", state=NodeState.RUNNING, attempt=1)


class Story:
    """What the scheduler writes and tells about one run."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.run = Run(
            id="r1", partition=0, team="default", graph={}, state=RunState.RUNNING, seq=3, v=3, created_at=START
        )

    async def begin(self) -> None:
        await Runs(self.stage.backends.documents).insert(self.run)
        await self.stage.backends.documents.write([node_runs.insertion(NODE, "op")])

    async def store(self, **fields: Any) -> None:
        after = replace(self.run, seq=self.run.seq + 1, v=self.run.v + 1, **fields)
        await self.stage.backends.documents.write([runs.change(self.run, after, "op")])
        self.run = after

    async def tell(self, *changes: NodeChange) -> None:
        fact = RunChanged(
            run="r1", team="default", seq=self.run.seq, state=self.run.state.value, counts=self.run.counts,
            nodes=changes, at=timestamp(START),
        )  # fmt: skip
        await self.stage.backends.bus.publish([Outgoing(fact, routes.FACTS, routes.run_changed_key("default", "r1"))])
        await run_until_idle()

    def follow(self) -> list[Event]:
        events: list[Event] = []
        context = self.stage.context
        source = RunEvents(context.live, context.runs, context.node_runs).follow("default", "r1")

        async def read() -> None:
            async for event in source:
                events.append(event)  # noqa: PERF401 (each as it comes)

        self.task = asyncio.create_task(read())
        return events


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_a_watcher_sees_a_snapshot_each_change_and_the_end(stage: Stage) -> None:
    story = Story(stage)
    await story.begin()
    events = story.follow()
    await eventually(lambda: bool(events))
    await story.store()
    await story.tell(NodeChange(node="a", state="succeeded", attempt=1))
    await story.tell()  # again: facts may come twice
    await story.store(state=RunState.SUCCEEDED)
    await story.tell()
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events) == ["Snapshot", "RunChanged", "RunChanged"]
    first = events[0]
    assert isinstance(first, Snapshot)
    assert first.nodes == [{"node": "a", "state": "running", "attempt": 1, "reason": None}]


async def test_a_gap_is_answered_with_a_fresh_snapshot(stage: Stage) -> None:
    story = Story(stage)
    await story.begin()
    events = story.follow()
    await eventually(lambda: bool(events))
    await story.store()
    await story.store(state=RunState.FAILED)
    await story.tell()
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events) == ["Snapshot", "Snapshot"]
    last = events[-1]
    assert isinstance(last, Snapshot)
    assert last.run.state is RunState.FAILED


async def test_a_lost_fact_is_found_by_looking(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_events, "LOOK_EVERY", 0.01)
    story = Story(stage)
    await story.begin()
    events = story.follow()
    await eventually(lambda: Ping() in events)
    await story.store(state=RunState.CANCELLED)
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events)[-1] == "Snapshot"


async def test_a_run_that_is_over_is_one_snapshot(stage: Stage) -> None:
    story = Story(stage)
    story.run = replace(story.run, state=RunState.SUCCEEDED)
    await story.begin()
    events = story.follow()
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events) == ["Snapshot"]


async def test_a_run_that_is_not_planned_yet_shows_the_nodes_that_it_will_have(stage: Stage) -> None:
    client = await stage.client()
    run = (await client.post("/api/v1/runs", json={"graph": graph(node("a"), node("b", after=["a"]))})).json()["id"]
    context = stage.context
    async with aclosing(RunEvents(context.live, context.runs, context.node_runs).follow("default", run)) as source:
        first = await anext(source)
    assert isinstance(first, Snapshot)
    assert [(each["node"], each["state"]) for each in first.nodes] == [("a", "waiting"), ("b", "waiting")]


async def test_what_was_restored_when_the_run_was_planned_is_seen_by_who_watched_before(stage: Stage) -> None:
    """Node runs are inserted without a fact: of a file, and of a result taken from another run, none follows."""
    story = Story(stage)
    story.run = replace(story.run, state=RunState.PENDING, graph=graph(node("a"), node("b")))
    await Runs(stage.backends.documents).insert(story.run)
    events = story.follow()
    await eventually(lambda: bool(events))
    restored = replace(NODE, node="b", state=NodeState.RESTORED, attempt=0)
    await stage.backends.documents.write([node_runs.insertion(each, "op") for each in (NODE, restored)])
    await story.store(state=RunState.RUNNING, counts={"running": 1, "restored": 1})
    await story.tell(NodeChange(node="a", state="running", attempt=1))
    await eventually(lambda: len(events) == 3)
    await story.store(counts={"succeeded": 1, "restored": 1})
    await story.tell(NodeChange(node="a", state="succeeded", attempt=1))
    await story.store(state=RunState.SUCCEEDED)
    await story.tell()
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events) == ["Snapshot", "RunChanged", "Snapshot", "RunChanged", "RunChanged"]
    before, after = events[0], events[2]
    assert isinstance(before, Snapshot)
    assert isinstance(after, Snapshot)
    assert {each["node"]: each["state"] for each in before.nodes} == {"a": "waiting", "b": "waiting"}
    assert {each["node"]: each["state"] for each in after.nodes} == {"a": "running", "b": "restored"}


async def test_a_fact_that_is_told_again_without_its_nodes_is_followed_by_a_snapshot(stage: Stage) -> None:
    """The scheduler was killed between the bulk and the bus: who finds the mark does not know what had changed."""
    story = Story(stage)
    story.run = replace(story.run, counts={"running": 1})
    await story.begin()
    events = story.follow()
    await eventually(lambda: bool(events))
    succeeded = replace(NODE, state=NodeState.SUCCEEDED, v=NODE.v + 1)
    await stage.backends.documents.write([node_runs.change(NODE, succeeded, "op")])
    await story.store(counts={"succeeded": 1})
    await story.tell()
    await eventually(lambda: len(events) == 3)
    last = events[-1]
    assert isinstance(last, Snapshot)
    assert [each["state"] for each in last.nodes] == ["succeeded"]
    await story.store(state=RunState.SUCCEEDED)
    await story.tell()
    async with asyncio.timeout(5):
        await story.task
    assert kinds(events) == ["Snapshot", "RunChanged", "Snapshot", "RunChanged"]


async def test_rest_gives_json_lines_or_server_sent_events(stage: Stage) -> None:
    story = Story(stage)
    story.run = replace(story.run, state=RunState.SUCCEEDED)
    await story.begin()
    client = await stage.client()
    lines = await client.get("/api/v1/runs/r1/events")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert lines.text.startswith('{"type":"snapshot","run":{"id":"r1"')
    assert lines.text.endswith("\n")
    events = await client.get("/api/v1/runs/r1/events", headers={"Accept": "text/event-stream"})
    assert events.headers["content-type"].startswith("text/event-stream")
    assert events.text.startswith("data: {")
    assert events.text.endswith("\n\n")
    problem(await client.get("/api/v1/runs/none/events"), 404)


async def test_too_many_watchers_are_asked_to_come_later(stage: Stage) -> None:
    story = Story(stage)
    await story.begin()
    stage.context.live.most = 1
    events = story.follow()
    await eventually(lambda: bool(events))
    client = await stage.client()
    answer = await client.get("/api/v1/runs/r1/events")
    assert "PLYNX_API_MOST_FOLLOWERS" in problem(answer, 429, "too_many_followers")["detail"]
    assert answer.headers["retry-after"]
    stage.context.live.close()
    await story.task
