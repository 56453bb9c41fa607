"""The whole worker service with real scripts, before a scripted scheduler and a real storage service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from plynx_common.adapters.local_objects import LocalObjects
from plynx_common.adapters.memory_bus import MemoryBroker, MemoryBus
from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.adapters.system_clock import SystemClock, SystemIds
from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.tokens import AttemptToken, Signer, claim_id_hash
from plynx_common.interfaces.documents import CompareAndSet, Insert
from plynx_common.messages.logs import LogChunk, LogFetch
from plynx_common.messages.nodes import (
    AttemptClosed,
    ClaimDeclined,
    InputArtifact,
    NodeCancel,
    NodeClaim,
    NodeFailed,
    NodeFinished,
    NodeResult,
)
from plynx_common.messages.workers import WorkerSeen
from plynx_common.runtime.backends import Backends
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import FakeClock
from plynx_storage.service import storage
from plynx_storage.settings import StorageSettings
from plynx_worker.leftovers import MARK
from plynx_worker.service import worker_service
from plynx_worker.settings import WorkerSettings
from tests.unit.worker_protocol.scripted_scheduler import ScriptedScheduler

SECRET = "s" * 32
SIGNER = Signer(SECRET.encode())


@dataclass
class Bench:
    """A worker, a storage service, and a scheduler that grants what a test says."""

    scheduler: ScriptedScheduler
    backends: Backends
    home: Path
    number: int = 0

    async def run(self, cmd: str, **changes: Any) -> NodeResult:
        """One attempt, from its grant to its result."""
        name = await self.start(cmd, **changes)
        result = await self.result_of(name)
        if result.handover is None:
            await self.scheduler.say(AttemptClosed(attempt=f"r/{name}/1"))
        else:
            await self.scheduler.say(ClaimDeclined(claim_id=result.handover.claim_id, closed=f"r/{name}/1"))
        return result

    async def result_of(self, name: str) -> NodeResult:
        def results() -> list[NodeResult]:
            reported = [*self.scheduler.all(NodeFinished), *self.scheduler.all(NodeFailed)]
            return [result for result in reported if result.node == name]

        return (await eventually(results, within=20))[0]

    async def start(
        self, cmd: str, *, artifacts: Mapping[str, list[InputArtifact]] | None = None, **operation: Any
    ) -> str:
        self.number += 1
        name = f"n{self.number}"
        self.scheduler.forget()
        await self.scheduler.ring()
        claim = await eventually(lambda: self.scheduler.all(NodeClaim))
        claim_id = claim[-1].claim.claim_id
        secret = claim_id_hash(claim_id)
        await self._claimed(name, secret)
        inputs = artifacts or {}
        reads = tuple(artifact.digest for found in inputs.values() for artifact in found)
        token = AttemptToken("default", "r", name, 1, secret, reads)
        await self.scheduler.grant(
            claim_id,
            node=name,
            operation={
                "name": "op",
                "kind": "command",
                "cmd": cmd,
                "inputs": [{"name": name} for name in inputs],
                **operation,
            },
            operation_digest=name,
            inputs=dict(inputs),
            token=token.sign(SIGNER, expires_at=self.backends.clock.now() + timedelta(minutes=15)),
        )
        return name

    async def _claimed(self, node: str, secret: str) -> None:
        id = f"r/{node}"
        fields = {"attempt": 1, "closed_attempt": 0, "claim_id_hash": secret}
        await self.backends.documents.write(
            [
                Insert("node_runs", {"_id": id, "run": "r", "node": node, "team": "default", "state": "running"}),
                CompareAndSet("node_runs", id, {}, fields),
            ]
        )


@asynccontextmanager
async def bench_in(folder: Path, **given: Any) -> AsyncGenerator[Bench]:
    broker = MemoryBroker()
    scheduler = ScriptedScheduler(broker, FakeClock())
    await scheduler.open()
    objects = LocalObjects(folder / "objects", "", SECRET.encode())
    backends = Backends(MemoryBus(broker), MemoryDocuments(), objects, SystemClock(), SystemIds())
    async with storage(StorageSettings.load(home=folder, secret=SECRET, port=0), backends):
        signed = objects.presign_get("a/b", expires=timedelta(1), content_type="x", filename="x")
        fields: dict[str, Any] = {
            "name": "anna",
            "token": "token",
            "slots": 1,
            "transfer_url": signed.url.partition("/objects/")[0],
            "grace": timedelta(seconds=0.3),
            "drain": timedelta(0),
            "settle": timedelta(0),
        }
        async with worker_service(WorkerSettings.load(home=folder, **{**fields, **given}), backends):
            yield Bench(scheduler, backends, folder)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench_in(tmp_path) as bench:
        yield bench


def failure_of(result: NodeResult) -> Failure:
    assert isinstance(result, NodeFailed), f"it did not fail: {result}"
    return Failure.from_document(result.failure)


async def test_a_script_runs_and_what_it_says_travels_inside_the_result(bench: Bench) -> None:
    result = await bench.run("echo out; echo err >&2; pwd")
    assert isinstance(result, NodeFinished)
    assert result.logs["stderr"].inline == "err\n"
    directory = (result.logs["stdout"].inline or "").split()[1]
    assert directory.startswith(str(bench.home))
    await eventually(lambda: not list(Path(directory).iterdir()), story="the working directory is emptied")
    assert result.timings is not None
    assert 0 < result.timings.running < 10
    assert not bench.scheduler.all(LogChunk), "short scripts publish no chunk"


async def test_a_script_that_says_nothing_has_no_log(bench: Bench) -> None:
    result = await bench.run("true")
    assert (type(result), result.logs) == (NodeFinished, {})


async def test_a_node_without_artifacts_needs_no_storage_service(tmp_path: Path) -> None:
    async with bench_in(tmp_path, transfer_url="http://127.0.0.1:9") as bench:
        assert isinstance(await bench.run("echo alone"), NodeFinished)


async def test_outputs_that_cannot_be_stored_are_the_platforms_fault_after_a_while(tmp_path: Path) -> None:
    given = {"transfer_url": "http://127.0.0.1:9", "transfers_refused": timedelta(seconds=0.3)}
    async with bench_in(tmp_path, **given) as bench:
        failure = failure_of(await bench.run("echo 1 > $PLYNX_OUTPUT_out", outputs=[{"name": "out"}]))
        assert failure.kind is FailureKind.INFRASTRUCTURE
        assert (
            "upload failed for 0.005 minutes, at last: POST 'http://127.0.0.1:9/transfers/uploads'" in failure.message
        )


async def test_what_a_script_leaves_behind_is_not_there_for_the_next(bench: Bench) -> None:
    await bench.run("mkdir -p deep/er; touch deep/er/file .hidden; chmod 000 deep; chmod 500 .")
    result = await bench.run("ls -A; umask; stat -c %a .")
    listing = (result.logs["stdout"].inline or "").split()
    assert "deep" not in listing
    assert ".hidden" not in listing
    assert listing[-1] == "700"


async def test_an_exit_code_is_a_failure_with_the_last_lines_of_stderr(bench: Bench) -> None:
    failure = failure_of(await bench.run("echo why >&2; exit 3"))
    assert (failure.kind, failure.exit_code, failure.stderr_tail.strip()) == (FailureKind.EXIT, 3, "why")


async def test_outputs_come_with_receipts_and_are_inputs_without_a_download(bench: Bench) -> None:
    outputs = [{"name": "small", "type": "csv"}, {"name": "large"}, {"name": "same", "type": "text"}]
    cmd = "echo 1,2 > $PLYNX_OUTPUT_small; cp $PLYNX_OUTPUT_small $PLYNX_OUTPUT_same; seq 50000 > $PLYNX_OUTPUT_large"
    made = await bench.run(cmd, outputs=outputs)
    assert isinstance(made, NodeFinished)
    assert all(SIGNER.receipt_is_valid("default", receipt) for receipt in made.outputs.values())
    assert {name: receipt.type for name, receipt in made.outputs.items()} == {
        "small": "csv",
        "large": "file",
        "same": "text",
    }
    content = "".join(f"{n}\n" for n in range(1, 50001)).encode()
    assert made.outputs["large"].digest == sha256(content).hexdigest()
    for receipt in made.outputs.values():  # nobody could download them
        await bench.backends.objects.delete(f"default/sha256/{receipt.digest[:2]}/{receipt.digest}")
    inputs = {
        name: [InputArtifact(digest=receipt.digest, size=receipt.size, type=receipt.type)]
        for name, receipt in made.outputs.items()
    }
    read = await bench.run("cat $PLYNX_INPUT_small; tail -n 1 $PLYNX_INPUT_large", artifacts=inputs)
    assert read.logs["stdout"].inline == "1,2\n50000\n"


async def test_an_output_that_is_missing_fails_the_node_and_names_it(bench: Bench) -> None:
    failure = failure_of(await bench.run("true", outputs=[{"name": "model"}]))
    assert failure.kind is FailureKind.OUTPUT_MISSING
    assert "'model'" in failure.message


async def test_input_bytes_that_are_gone_are_an_input_missing(bench: Bench) -> None:
    gone = InputArtifact(digest="a" * 64, size=3, type="file")
    failure = failure_of(await bench.run("true", artifacts={"data": [gone]}))
    assert failure.kind is FailureKind.INPUT_MISSING


async def test_an_unknown_kind_is_the_workers_fault_and_named(bench: Bench) -> None:
    failure = failure_of(await bench.run("true", kind="fortran"))
    assert failure.kind is FailureKind.INFRASTRUCTURE
    assert "kind 'fortran'" in failure.message


async def test_a_script_out_of_time_is_ended_with_all_its_children(bench: Bench) -> None:
    cmd = "trap '' TERM; (trap '' TERM; setsid sleep 1000) & echo started; wait"
    failure = failure_of(await bench.run(cmd, _timeout=0.01))
    assert failure.kind is FailureKind.TIMEOUT
    assert not scripts_alive(bench.home)


async def test_a_cancelled_script_is_ended_and_says_what_it_had_said(bench: Bench) -> None:
    name = await bench.start("echo begun; sleep 1000")
    await eventually(lambda: bench.scheduler.all(LogChunk), story="the first chunk comes while it runs")
    await bench.scheduler.say(NodeCancel(attempt=f"r/{name}/1", reason="enough"))
    result = await bench.result_of(name)
    assert failure_of(result).message == "enough"
    assert result.logs["stdout"].inline == "begun\n"
    assert not scripts_alive(bench.home)


async def test_a_large_log_is_stored_as_an_artifact_and_read_again_from_the_spool(bench: Bench) -> None:
    result = await bench.run("seq 100000; sleep 0.3")
    content = "".join(f"{n}\n" for n in range(1, 100001)).encode()
    stored = result.logs["stdout"]
    assert (stored.bytes, stored.sha256, stored.inline) == (len(content), sha256(content).hexdigest(), None)
    assert stored.receipt is not None
    bench.scheduler.forget()
    fetch = LogFetch(run="r", node=result.node, attempt=1, stream="stdout", start=10, end=100_010)
    queue = (await eventually(lambda: bench.scheduler.all(WorkerSeen)))[-1].queue
    await bench.scheduler.say(fetch, queue, reply_to="scheduler")
    await eventually(lambda: len(bench.scheduler.all(LogChunk)) == 4)
    chunks = bench.scheduler.all(LogChunk)
    assert [chunk.offset for chunk in chunks] == [10, 32_778, 65_546, 98_314]
    assert "".join(chunk.data for chunk in chunks).encode() == content[10:100_010]


async def test_what_an_earlier_incarnation_left_running_is_killed_before_anything_is_claimed(tmp_path: Path) -> None:
    state = tmp_path / "worker" / "anna"
    state.mkdir(parents=True)
    (state / "mark").write_text("the-mark")
    left = await asyncio.create_subprocess_exec("sleep", "1000", env={MARK: "the-mark", "PATH": os.defpath})
    backends = Backends(
        MemoryBus(), MemoryDocuments(), LocalObjects(tmp_path / "o", "", b"s" * 32), SystemClock(), SystemIds()
    )
    settings = WorkerSettings.load(home=tmp_path, name="anna", token="token", settle=timedelta(0))
    async with worker_service(settings, backends):
        assert await left.wait() == -9


async def test_a_worker_without_a_token_says_how_to_get_one(tmp_path: Path) -> None:
    backends = Backends(
        MemoryBus(), MemoryDocuments(), LocalObjects(tmp_path / "o", "", b"s" * 32), SystemClock(), SystemIds()
    )
    with pytest.raises(Misconfigured, match=r"PLYNX_WORKER_TOKEN is not set.*plynx pool token default/default"):
        async with worker_service(WorkerSettings.load(home=tmp_path), backends):
            pass


def scripts_alive(home: Path) -> list[str]:
    """Command lines of processes in a script's working directory, other than the guardian's own."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(home / "worker"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [line for line in found if "plynx_worker.guardian" not in line]
