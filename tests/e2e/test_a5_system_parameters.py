"""A5: `cmd`, `cacheable` (default true), `_timeout` in minutes: the worker stops the operation and says why."""

from __future__ import annotations

from plynx_common.domain.operation import Operation
from plynx_common.testing.eventually import eventually
from tests.e2e import processes
from tests.e2e.client import Client
from tests.e2e.conftest import GRACE
from tests.e2e.documents import single
from tests.e2e.reachable import Reachable
from tests.e2e.stubborn import stubborn

A_SECOND = 1 / 60
"""In minutes."""


def test_a5_defaults_are_those_of_the_article() -> None:
    said_nothing = Operation(name="it", kind="command")

    assert said_nothing.cacheable
    assert said_nothing.timeout == 600


async def test_a5_cmd_runs_and_is_restored_by_default(client: Client) -> None:
    document = single("echo cmd")
    await client.run(document)

    again = (await client.run(document)).succeeded()

    assert again.states == {"it": "restored"}


async def test_a5_timeout_stops_the_operation_and_is_the_reason(client: Client, platform: Reachable) -> None:
    document = single("echo begun; sleep 300", _timeout=A_SECOND)

    run = (await client.run(document)).failed()

    failure = run.failures["it"]
    assert failure["kind"] == "timeout"
    assert "timeout" in failure["message"]
    assert "timeout" in run.nodes["it"]["reason"]
    assert client.log(run.id, "it") == b"begun\n"
    assert b"timeout" in client.log(run.id, "it", "worker")
    assert not processes.scripts_of(platform.home)


async def test_a5_what_is_not_a_timeout_is_not_called_one(client: Client) -> None:
    run = (await client.run(single("exit 3", _timeout=A_SECOND))).failed()

    assert run.failures["it"]["kind"] == "exit"
    assert run.failures["it"]["exit_code"] == 3


async def test_a5_a_timed_out_tree_is_gone_however_it_detached(client: Client, platform: Reachable) -> None:
    seconds = "7654.321"
    run = client.submit(stubborn(seconds, _timeout=A_SECOND))
    await eventually(lambda: processes.naming(seconds), within=10, story="the detached process runs")

    ended = await client.end_of(run, within=A_SECOND * 60 + GRACE + 2)

    assert ended.failures["it"]["kind"] == "timeout"
    assert not processes.naming(seconds)
    assert not processes.scripts_of(platform.home)


async def test_a5_what_a_successful_script_leaves_behind_is_gone_too(client: Client) -> None:
    seconds = "7654.322"
    run = (await client.run(stubborn(seconds, stays=False))).succeeded()

    assert client.log(run.id, "it") == b"detached\n"
    assert not processes.naming(seconds)


async def test_a_script_runs_with_the_limits_of_its_worker(client: Client) -> None:
    run = (await client.run(single("ulimit -c"))).succeeded()

    assert client.log(run.id, "it") == b"0\n"


async def test_an_interpreter_that_no_worker_has_is_named(client: Client) -> None:
    run = (await client.run(single("true", environment={"python": "9.9"}))).failed()

    assert "Python '9.9', which this worker does not have" in run.failures["it"]["message"]
