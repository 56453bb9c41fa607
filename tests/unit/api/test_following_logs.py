"""The tail contract: every byte once and in order, whatever the live lane loses, repeats or invents."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from plynx_api.live import tailing
from plynx_api.live.hub import MOST_WAITING
from plynx_api.live.tailing import AttemptChanged, Data, Frame, Ping, Place, Sealed, place_of
from plynx_common.adapters.memory_bus import MemoryBus
from plynx_common.domain.ids import artifact_key
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.domain.values import timestamp, to_text
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import Insert, Write
from plynx_common.messages import routes
from plynx_common.messages.logs import LogChunk
from plynx_common.messages.nodes import Receipt, StreamLog
from plynx_common.messages.runs import NodeChange, RunChanged
from plynx_common.repositories import node_runs
from plynx_common.repositories.logs import LOG_CHUNKS, attempt_log, chunk_id
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import START, run_until_idle
from tests.unit.api.parts import Stage, graph, node

CLAIM = claim_id_hash("claim")
RUNNING = NodeRun(
    run="r1", node="a", team="default", pool="default/default", state=NodeState.RUNNING, attempt=1, claim_id_hash=CLAIM
)
CONTENT = bytes(range(256)) * 40


class Log:
    """One attempt's stdout, as worker, archive and scheduler together make it."""

    def __init__(self, stage: Stage, content: bytes = CONTENT) -> None:
        self.stage = stage
        self.content = content
        self.node = RUNNING
        self._seq = 0

    async def begin(self) -> Place:
        await self.stage.backends.documents.write([node_runs.insertion(self.node, "op")])
        return place_of(self.node, "stdout")

    async def say(self, start: int, end: int, *, claim: str = CLAIM, attempt: int = 1) -> None:
        """On the live lane."""
        data = to_text(self.content[start:end])
        chunk = LogChunk(
            team="default", run="r1", node="a", attempt=attempt, claim_id_hash=claim, stream="stdout", seq=0,
            offset=start, data=data, at=timestamp(START),
        )  # fmt: skip
        key = routes.log_key("default", "r1", "a", attempt, "stdout")
        await self.stage.backends.bus.publish([Outgoing(chunk, routes.LOGS, key)])
        await run_until_idle()

    async def archive(self, start: int, end: int) -> None:
        await self.stage.backends.documents.write([self.stored(start, end)])

    def stored(self, start: int, end: int) -> Write:
        document = {
            "_id": chunk_id("r1/a/1", "stdout", start), "offset": start, "end": end, "stream": "stdout",
            "data": to_text(self.content[start:end]), "team": "default", "run": "r1", "node": "a", "attempt": 1,
        }  # fmt: skip
        return Insert(LOG_CHUNKS, document)

    async def end(self) -> None:
        """The final log is stored, then the attempt's end, then it is told."""
        sha256 = hashlib.sha256(self.content).hexdigest()
        final = StreamLog(bytes=len(self.content), sha256=sha256, inline=to_text(self.content))
        await self.change(
            attempt_log("default", "r1", "a", self.node.attempt, {"stdout": final}),
            state=NodeState.SUCCEEDED,
            closed_attempt=self.node.attempt,
        )

    async def change(self, *before: Write, **fields: object) -> None:
        after = replace(self.node, v=self.node.v + 1, **fields)  # type: ignore[arg-type]
        await self.stage.backends.documents.write([*before, node_runs.change(self.node, after, "op")])
        self.node = after
        await self.tell()

    async def tell(self) -> None:
        self._seq += 1
        change = NodeChange(node="a", state=self.node.state.value, attempt=self.node.attempt)
        fact = RunChanged(
            run="r1", team="default", seq=self._seq, state="running", counts={}, nodes=(change,), at=timestamp(START)
        )
        await self.stage.backends.bus.publish([Outgoing(fact, routes.FACTS, routes.run_changed_key("default", "r1"))])
        await run_until_idle()


class Follower:
    def __init__(self, stage: Stage, place: Place, start: int = 0, *, across: bool = False) -> None:
        self.frames: list[Frame] = []
        tails = stage.context.tails
        self._source = tails.of_node(place, start) if across else tails.of_attempt(place, start)
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self._source:
            self.frames.append(frame)

    @property
    def data(self) -> bytes:
        return b"".join(frame.data for frame in self.frames if isinstance(frame, Data))

    async def has(self, content: bytes) -> None:
        await eventually(lambda: self.data == content, story=f"the follower has {len(content)} bytes")

    async def ends_with(self, content: bytes) -> None:
        async with asyncio.timeout(10):
            await self.task
        assert hashlib.sha256(self.data).digest() == hashlib.sha256(content).digest()
        assert isinstance(self.frames[-1], Sealed)
        offset = self.frames[0].offset if isinstance(self.frames[0], Data) else 0
        for frame in self.frames:
            if isinstance(frame, Data):
                assert frame.offset == offset
                offset += len(frame.data)


async def test_a_follower_attached_in_the_middle_ends_with_the_bytes_of_the_final_log(stage: Stage) -> None:
    log = Log(stage)
    place = await log.begin()
    await log.archive(0, 1000)
    follower = Follower(stage, place)
    await follower.has(CONTENT[:1000])
    await log.say(1000, 2000)
    await log.say(1000, 2000)
    await log.say(1500, 3000)
    await follower.has(CONTENT[:3000])
    await log.end()
    await follower.ends_with(CONTENT)


async def test_what_was_said_just_before_it_listened_is_read_as_soon_as_it_is_archived(stage: Stage) -> None:
    log = Log(stage)
    place = await log.begin()
    await log.archive(0, 100)
    follower = Follower(stage, place)
    await follower.has(CONTENT[:100])
    await log.archive(100, 300)  # nothing is heard: the script is silent from now on
    await follower.has(CONTENT[:300])
    await log.end()
    await follower.ends_with(CONTENT)


async def test_a_follower_may_begin_at_any_byte(stage: Stage) -> None:
    log = Log(stage)
    place = await log.begin()
    await log.archive(0, 1000)
    follower = Follower(stage, place, start=300)
    await follower.has(CONTENT[300:1000])
    await log.say(900, 1200)
    await follower.has(CONTENT[300:1200])
    await log.end()
    await follower.ends_with(CONTENT[300:])


async def test_a_hole_in_the_live_lane_is_filled_from_the_store_before_anything_goes_on(stage: Stage) -> None:
    log = Log(stage)
    follower = Follower(stage, await log.begin())
    await run_until_idle()
    await log.say(0, 100)
    await log.say(200, 300)
    await follower.has(CONTENT[:100])
    await log.archive(0, 100)
    await log.archive(100, 300)
    await follower.has(CONTENT[:300])
    await log.end()
    await follower.ends_with(CONTENT)


async def test_a_reader_too_slow_for_the_live_lane_reads_the_store(stage: Stage) -> None:
    log = Log(stage)
    place = await log.begin()
    source = stage.context.tails.of_attempt(place, 0)
    await log.archive(0, 10)
    first = await anext(source)
    for start in range(10, 10 + MOST_WAITING + 50):
        await log.say(start, start + 1)
    await log.archive(10, len(CONTENT))
    await log.end()
    frames = [first, *[frame async for frame in source]]
    assert b"".join(frame.data for frame in frames if isinstance(frame, Data)) == CONTENT


async def test_bytes_of_another_claim_are_not_believed(stage: Stage) -> None:
    log = Log(stage)
    follower = Follower(stage, await log.begin())
    await run_until_idle()
    forged = Log(stage, b"x" * 500)
    await forged.say(0, 500, claim=claim_id_hash("stranger"))
    await log.say(0, 100)
    await follower.has(CONTENT[:100])
    await log.end()
    await follower.ends_with(CONTENT)


async def test_a_script_that_ends_before_any_chunk_is_followed_to_its_end(stage: Stage) -> None:
    log = Log(stage, b"quick\n")
    follower = Follower(stage, await log.begin())
    await run_until_idle()
    await log.end()
    await follower.ends_with(b"quick\n")
    assert follower.frames == [Data(0, b"quick\n"), Sealed(6, truncated=False)]


async def test_frames_go_on_with_the_next_attempt_and_say_so(stage: Stage) -> None:
    log = Log(stage, b"first\n")
    follower = Follower(stage, await log.begin(), across=True)
    await run_until_idle()
    first = StreamLog(bytes=6, sha256="", inline="first\n")
    write = attempt_log("default", "r1", "a", 1, {"stdout": first})
    await log.change(write, state=NodeState.BACKOFF, closed_attempt=1, next_at=START + timedelta(seconds=5))
    await eventually(lambda: Sealed(6, truncated=False) in follower.frames)
    log.content = b"second\n"
    await log.change(state=NodeState.RUNNING, attempt=2, claim_id_hash=CLAIM)
    await eventually(lambda: AttemptChanged(2) in follower.frames)
    await log.say(0, 3, attempt=2)
    await eventually(lambda: follower.data == b"first\nsec")
    await log.end()
    async with asyncio.timeout(5):
        await follower.task
    assert follower.data == b"first\nsecond\n"
    assert follower.frames[-1] == Sealed(7, truncated=False)


async def test_a_node_that_waits_is_followed_from_its_first_attempt_on(stage: Stage) -> None:
    log = Log(stage, b"at last\n")
    log.node = replace(RUNNING, state=NodeState.WAITING, attempt=0, claim_id_hash=None)
    follower = Follower(stage, await log.begin(), across=True)
    await run_until_idle()
    await log.change(state=NodeState.RUNNING, attempt=1, claim_id_hash=CLAIM)
    await log.say(0, 3)
    await log.end()
    async with asyncio.timeout(5):
        await follower.task
    assert follower.data == b"at last\n"


async def test_a_node_that_is_skipped_has_an_empty_log(stage: Stage) -> None:
    log = Log(stage)
    log.node = replace(RUNNING, state=NodeState.WAITING, attempt=0, claim_id_hash=None)
    follower = Follower(stage, await log.begin(), across=True)
    await run_until_idle()
    await log.change(state=NodeState.SKIPPED, reason="node 'x' failed")
    async with asyncio.timeout(5):
        await follower.task
    assert follower.frames == [Sealed(0, truncated=False)]


async def test_a_lost_connection_to_the_bus_costs_no_byte(stage: Stage) -> None:
    log = Log(stage)
    follower = Follower(stage, await log.begin())
    await run_until_idle()
    await log.say(0, 100)
    bus = stage.backends.bus
    assert isinstance(bus, MemoryBus)
    bus.interrupt()
    await log.archive(0, 200)
    await run_until_idle()
    await follower.has(CONTENT[:200])
    await log.say(200, 300)
    await follower.has(CONTENT[:300])
    await log.end()
    await follower.ends_with(CONTENT)


async def test_silence_is_answered_with_pings(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "LOOK_EVERY", 0.01)
    log = Log(stage)
    follower = Follower(stage, await log.begin())
    await eventually(lambda: Ping() in follower.frames)
    await log.end()
    await follower.ends_with(CONTENT)


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_the_live_lane_does_the_bytes_are_those_of_the_final_log(
    stage: Stage, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailing, "BEHIND_FIRST", 0.001)
    random = Random(seed)
    log = Log(stage)
    place = await log.begin()
    follower, late = Follower(stage, place), None
    at = 0
    waiting: list[tuple[int, int]] = []
    while at < len(CONTENT):
        end = min(at + random.randint(1, 900), len(CONTENT))
        waiting.append((at, end))
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            await log.say(at, end)
        if random.random() < 0.5:
            random.shuffle(waiting)
            for piece in waiting:
                await log.archive(*piece)
            waiting.clear()
        if late is None and random.random() < 0.2:
            late = Follower(stage, place)
        at = end
    await log.end()
    await follower.ends_with(CONTENT)
    await (late or Follower(stage, place)).ends_with(CONTENT)


async def test_a_stopping_service_ends_those_who_follow(stage: Stage) -> None:
    log = Log(stage)
    follower = Follower(stage, await log.begin())
    await run_until_idle()
    stage.context.live.close()
    async with asyncio.timeout(5):
        await follower.task


async def test_bytes_and_frames_are_what_rest_gives(stage: Stage) -> None:
    client = await stage.client()
    run = (await client.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
    log = Log(stage, b"hello\n")
    log.node = replace(RUNNING, run=run)
    await log.begin()
    url = f"/api/v1/runs/{run}/nodes/a/logs/stdout"
    empty = await client.get(url)
    assert (empty.content, empty.headers["x-log-sealed"]) == (b"", "false")
    final = StreamLog(bytes=6, sha256="", inline="hello\n")
    await log.change(
        attempt_log("default", run, "a", 1, {"stdout": final}), state=NodeState.SUCCEEDED, closed_attempt=1
    )
    whole = await client.get(url)
    assert whole.content == b"hello\n"
    assert (whole.headers["x-log-total"], whole.headers["x-log-sealed"]) == ("6", "true")
    part = await client.get(url, params={"from": 2, "limit": 3})
    assert (part.content, part.headers["x-log-offset"], part.headers["x-log-end"]) == (b"llo", "2", "5")
    assert (await client.get(url, params={"follow": "true", "from": 1})).content == b"ello\n"
    frames = await client.get(url, params={"follow": "true"}, headers={"Accept": "application/x-ndjson"})
    assert frames.text.splitlines() == [
        '{"type":"data","offset":0,"data":"hello\\n"}',
        '{"type":"sealed","total":6,"truncated":false}',
    ]
    assert (await client.get(url, params={"attempt": 7})).status_code == 404
    onward = {"follow": "true", "attempt": 0, "onward": "true"}
    named = await client.get(url, params=onward, headers={"Accept": "application/x-ndjson"})
    assert named.text.splitlines() == ['{"type":"attempt_changed","attempt":1}', *frames.text.splitlines()]
    assert (await client.get(url.replace("stdout", "stdin"))).status_code == 422


async def test_a_long_log_is_given_whole_and_a_restored_node_has_the_log_of_its_origin(stage: Stage) -> None:
    client = await stage.client()
    content = b"0123456789abcdef" * 40_000
    digest = hashlib.sha256(content).hexdigest()
    await stage.backends.objects.put(artifact_key("default", digest), content)
    made = (await client.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
    again = (await client.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
    receipt = Receipt(digest=digest, size=len(content), type="log", signature="")
    final = StreamLog(bytes=len(content), sha256=digest, receipt=receipt)
    executed = replace(RUNNING, run=made, state=NodeState.SUCCEEDED, closed_attempt=1)
    origin = {"run": made, "node": "a", "attempt": f"{made}/a/1"}
    restored = replace(RUNNING, run=again, state=NodeState.RESTORED, attempt=0, restored_from=origin)
    log = attempt_log("default", made, "a", 1, {"stdout": final})
    await stage.backends.documents.write(
        [log, node_runs.insertion(executed, "op"), node_runs.insertion(restored, "op")]
    )
    for run in (made, again):
        url = f"/api/v1/runs/{run}/nodes/a/logs/stdout"
        for query in ({}, {"follow": "true"}):
            answer = await client.get(url, params=query)
            assert hashlib.sha256(answer.content).hexdigest() == digest
            assert answer.headers["x-log-run"] == made
        frames = await client.get(url, params={"follow": "true"}, headers={"Accept": "application/x-ndjson"})
        assert frames.text.splitlines()[-1] == f'{{"type":"sealed","total":{len(content)},"truncated":false}}'
        onward = {"follow": "true", "attempt": 1, "onward": "true", "from": len(content)}
        taken_up = await client.get(url, params=onward, headers={"Accept": "application/x-ndjson"})
        assert taken_up.text.splitlines() == frames.text.splitlines()[-1:]


async def test_a_node_can_be_asked_for_before_the_scheduler_has_planned_it(stage: Stage) -> None:
    client = await stage.client()
    run = (await client.post("/api/v1/runs", json={"graph": graph(node("a"))})).json()["id"]
    url = f"/api/v1/runs/{run}/nodes"

    waiting = (await client.get(f"{url}/a")).json()
    assert (waiting["state"], waiting["attempt"], waiting["pool"]) == ("waiting", 0, "default/default")
    assert (await client.get(f"{url}/b")).status_code == 404
    assert (await client.get(f"{url}/a/logs/stdout")).content == b""

    followed = asyncio.create_task(client.get(f"{url}/a/logs/stdout", params={"follow": "true"}))
    await run_until_idle()
    executed = replace(RUNNING, run=run, state=NodeState.SUCCEEDED, closed_attempt=1)
    final = StreamLog(bytes=3, sha256=hashlib.sha256(b"yes").hexdigest(), inline="yes")
    log = attempt_log("default", run, "a", 1, {"stdout": final})
    await stage.backends.documents.write([log, node_runs.insertion(executed, "op")])
    change = NodeChange(node="a", state="succeeded", attempt=1)
    fact = RunChanged(run=run, team="default", seq=1, state="running", counts={}, nodes=(change,), at=timestamp(START))
    await stage.backends.bus.publish([Outgoing(fact, routes.FACTS, routes.run_changed_key("default", run))])
    async with asyncio.timeout(5):
        assert (await followed).content == b"yes"
