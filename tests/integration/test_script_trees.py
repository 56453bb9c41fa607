"""Whatever a script started, and however it detached itself: nothing of it is left, and nothing outlives the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from uuid import uuid4

import pytest

from plynx_common.adapters.system_clock import SystemClock
from plynx_common.testing.eventually import eventually
from plynx_common.testing.fake_clock import FakeIds
from plynx_worker import process_tree
from plynx_worker.leftovers import clear, mark_of, marked
from tests.integration.scripts import CLEAN, Heard, Shell, command_line, command_lines

DAEMON = textwrap.dedent("""
    import os, signal, sys, time
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork(): os._exit(0)
    os.setsid()
    if os.fork(): os._exit(0)
    os.setpgid(0, 0)
    for fd in range(256):
        try: os.close(fd)
        except OSError: pass
    open(sys.argv[1], "w").write(str(os.getpid()))
    time.sleep(600)
""")
"""Does everything a program can to be forgotten: double fork, own session and group, no descriptors, deaf to TERM."""


@pytest.fixture
def daemon(tmp_path: Path) -> str:
    """A shell line that leaves such a daemon behind and returns when it is there; its pid stands in `pid`."""
    (tmp_path / "daemon.py").write_text(DAEMON)
    return "python3 daemon.py pid; until [ -s pid ]; do sleep 0.01; done"


def alive(pid: int) -> bool:
    return bool(command_line(pid))


async def test_what_a_script_leaves_in_the_background_ends_with_it(shell: Shell) -> None:
    outcome = await shell.run("sleep 600 & setsid sleep 601 & nohup sleep 602 & exit 7")
    assert outcome.code == 7
    assert shell.left() == []


async def test_a_daemon_that_a_script_leaves_ends_with_it(shell: Shell, daemon: str) -> None:
    outcome = await shell.run(f"{daemon}; exit 7")
    assert outcome.code == 7
    assert not alive(int((shell.directory / "pid").read_text()))
    assert shell.left() == []


async def test_terminate_asks_the_whole_tree_first(shell: Shell) -> None:
    heard = Heard()
    child = "(trap 'echo child; exit' TERM; echo up; while :; do sleep 0.01; done)"
    line = f"{child} & trap 'wait; echo main; exit 9' TERM; wait"
    process = await shell.start(line, heard)
    await eventually(lambda: b"up" in heard.stdout)
    process.terminate(30)
    outcome = await process.wait()
    assert outcome.code == 9
    assert set(bytes(heard.stdout).split()) == {b"up", b"child", b"main"}


async def test_what_ignores_term_is_killed_after_the_grace(shell: Shell) -> None:
    heard = Heard()
    process = await shell.start("trap '' TERM; echo up; while :; do sleep 0.01; done", heard)
    await eventually(lambda: b"up" in heard.stdout)
    started = asyncio.get_running_loop().time()
    process.terminate(0.3)
    outcome = await process.wait()
    assert outcome.signal == signal.SIGKILL
    assert 0.3 <= asyncio.get_running_loop().time() - started < 3
    assert not outcome.out_of_memory


async def test_a_child_may_use_the_grace_after_its_parent_has_gone(shell: Shell) -> None:
    line = "bash -c 'trap \"sleep 0.2; echo done > saved; exit\" TERM; touch up; while :; do sleep 0.01; done' & wait"
    process = await shell.start(line)
    await eventually((shell.directory / "up").exists)
    process.terminate(30)
    await process.wait()
    assert (shell.directory / "saved").read_text() == "done\n"


async def test_a_later_shorter_grace_wins_and_a_longer_one_does_not(shell: Shell) -> None:
    heard = Heard()
    process = await shell.start("trap '' TERM; echo up; while :; do sleep 0.01; done", heard)
    await eventually(lambda: b"up" in heard.stdout)
    process.terminate(600)
    process.terminate(0)
    process.terminate(600)
    assert (await process.wait()).signal == signal.SIGKILL


async def test_stopped_processes_are_ended_too(shell: Shell) -> None:
    heard = Heard()
    process = await shell.start("sleep 600 & kill -STOP $!; echo up; wait", heard)
    await eventually(lambda: b"up" in heard.stdout)
    process.terminate(0.2)
    await process.wait()
    assert shell.left() == []


async def test_a_daemon_deaf_to_term_is_killed_with_its_script(shell: Shell, daemon: str) -> None:
    heard = Heard()
    process = await shell.start(f"trap '' TERM; {daemon}; echo up; while :; do sleep 0.01; done", heard)
    await eventually(lambda: b"up" in heard.stdout)
    process.terminate(0.1)
    await process.wait()
    assert not alive(int((shell.directory / "pid").read_text()))
    assert shell.left() == []


HYDRA = textwrap.dedent("""
    import os, time
    born = os.open("born", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(5):
        os.fork()
    os.setsid() if os.getpid() != os.getsid(0) else None
    while True:
        if os.fork():
            os._exit(0)
        os.write(born, b".")
        time.sleep(0.002)
""")
"""Thirty-two processes that never stay: each lives for two milliseconds, and its child has another number.

Each leaves a byte: on a busy machine they are gone before somebody who looks through all processes has seen many."""
GENERATIONS = 4


async def test_processes_that_are_always_others_are_killed(shell: Shell) -> None:
    (shell.directory / "hydra.py").write_text(HYDRA)
    process = await shell.start("python3 hydra.py; sleep 600")
    born = shell.directory / "born"
    await eventually(lambda: born.exists() and born.stat().st_size > 32 * GENERATIONS, within=60)
    assert shell.left()
    process.terminate(0)
    assert (await process.wait()).signal == signal.SIGKILL
    assert shell.left() == []


async def test_the_scripts_of_other_attempts_are_left_alone(shell: Shell) -> None:
    heard = Heard()
    other = await shell.start("echo up; sleep 0.3; exit 6", heard)
    await eventually(lambda: b"up" in heard.stdout)
    doomed = await shell.start("sleep 600")
    doomed.terminate(0)
    await doomed.wait()
    assert (await other.wait()).code == 6


async def test_when_the_guardian_is_killed_scripts_end_and_the_next_one_starts(shell: Shell, daemon: str) -> None:
    heard = Heard()
    process = await shell.start(f"{daemon}; echo up; sleep 600", heard)
    await eventually(lambda: b"up" in heard.stdout)
    guardian = shell.processes._guardian
    assert guardian is not None
    os.kill(guardian._process.pid, signal.SIGKILL)
    outcome = await process.wait()
    assert "guardian" in outcome.problem
    await eventually(lambda: not shell.left())
    assert not alive(int((shell.directory / "pid").read_text()))
    assert (await shell.run("exit 8")).code == 8


async def test_when_an_init_is_killed_the_guardian_ends_what_it_left(shell: Shell, daemon: str) -> None:
    heard = Heard()
    process = await shell.start(f"{daemon}; echo up $PPID; sleep 600", heard)
    await eventually(lambda: b"up" in heard.stdout)
    os.kill(int(heard.stdout.split()[1]), signal.SIGKILL)
    assert (await process.wait()).problem
    await eventually(lambda: not shell.left())
    assert not alive(int((shell.directory / "pid").read_text()))


WORKER = """
import asyncio, os, sys
from plynx_worker.guarded_processes import GuardedProcesses
from plynx_worker.processes import Launch

async def main():
    async with GuardedProcesses(sys.argv[1]) as processes:
        line = sys.argv[2]
        print_it = lambda stream, content: os.write(1, content)
        argv = ("bash", "-c", line)
        both = [await processes.start(Launch(str(n), argv, dict(os.environ), os.getcwd(), print_it)) for n in range(2)]
        for process in both:
            await process.wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_no_script_outlives_its_worker(tmp_path: Path, daemon: str, number: signal.Signals) -> None:
    """A worker that is only stopped keeps its scripts, until it is killed."""
    mark = uuid4().hex
    line = f"{daemon}; trap '' TERM HUP INT; echo up; while :; do sleep 0.01; done"
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, mark, line], cwd=tmp_path, env=CLEAN, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        try:
            assert worker.stdout.readline() == worker.stdout.readline() == b"up\n"
            assert len(command_lines(mark)) >= 5  # guardian, two inits, two scripts, daemons
            worker.send_signal(number)
            if number == signal.SIGSTOP:
                assert len(command_lines(mark)) >= 5
                worker.kill()
            worker.wait(20)
        finally:
            worker.kill()
    asyncio.run(_all_gone(mark))


async def _all_gone(mark: str) -> None:
    await eventually(lambda: command_lines(mark) == [], within=10, story="nothing carries the worker's mark any more")


async def test_leaving_the_runner_kills_what_still_runs(shell: Shell) -> None:
    process = await shell.start("sleep 600")
    await shell.processes.__aexit__(None, None, None)
    assert (await process.wait()).problem
    assert command_lines(shell.mark) == []


def sleeping(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], env={**CLEAN, **env}, start_new_session=True)


async def test_leftovers_of_an_earlier_incarnation_are_found_by_their_mark_and_killed(tmp_path: Path) -> None:
    mark, other = uuid4().hex, uuid4().hex
    mine = sleeping({"PLYNX_WORKER_MARK": mark})
    stranger = sleeping({"PLYNX_WORKER_MARK": other, "NOTE": mark})
    try:
        await eventually(lambda: marked(mark) == [mine.pid])
        assert await clear(mark, SystemClock()) == 1
        assert mine.wait() == -signal.SIGKILL
        assert stranger.poll() is None
        assert await clear(mark, SystemClock()) == 0
    finally:
        for process in (mine, stranger):
            process.kill()
            process.wait()


def test_children_are_found_on_kernels_that_do_not_list_them(monkeypatch: pytest.MonkeyPatch) -> None:
    started = [sleeping({}) for _ in range(3)]
    try:
        listed = set(process_tree.children(os.getpid()))
        monkeypatch.setattr(process_tree, "KERNEL_LISTS_CHILDREN", False)
        assert {process.pid for process in started} <= set(process_tree.children(os.getpid())) == listed
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_the_mark_of_a_state_directory_lasts(tmp_path: Path) -> None:
    ids = FakeIds()
    assert mark_of(tmp_path, ids) == mark_of(tmp_path, ids)
