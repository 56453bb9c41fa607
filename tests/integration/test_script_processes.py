"""Scripts as the worker starts them: output, exit, environment, limits, and what they have used."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from pathlib import Path

import pytest

from plynx_common.domain.errors import Misconfigured
from plynx_common.testing.eventually import eventually
from plynx_worker.guarded_processes import LAUNCHES_PER_INIT, GuardedProcesses
from plynx_worker.processes import Launch, Stream
from tests.integration.scripts import CLEAN, Heard, Shell

MIB = 1024 * 1024


async def test_output_of_both_streams_is_heard_and_the_code_told(shell: Shell) -> None:
    heard = Heard()
    outcome = await shell.run("echo out; echo err >&2; exit 3", heard)
    assert (outcome.code, outcome.signal, outcome.problem) == (3, None, "")
    assert (bytes(heard.stdout), bytes(heard.stderr)) == (b"out\n", b"err\n")


async def test_a_script_ended_by_a_signal_names_it(shell: Shell) -> None:
    outcome = await shell.run("kill -ABRT $$")
    assert (outcome.code, outcome.signal) == (None, 6)


async def test_output_is_heard_while_the_script_runs(shell: Shell) -> None:
    heard = Heard()
    process = await shell.start("echo early; read -t 60 < <(sleep 60); echo late", heard)
    await eventually(lambda: bytes(heard.stdout) == b"early\n")
    process.terminate(0)
    assert (await process.wait()).signal == 9


async def test_a_program_that_does_not_exist_is_a_problem_of_the_platform(shell: Shell) -> None:
    launch = Launch("run/node/1", ("no-such-program",), CLEAN, str(shell.directory), Heard())
    outcome = await (await shell.processes.start(launch)).wait()
    assert outcome.code is None
    assert "run/node/1" in outcome.problem
    assert "No such file" in outcome.problem


async def test_a_working_directory_that_does_not_exist_is_a_problem_of_the_platform(shell: Shell) -> None:
    launch = Launch("run/node/1", ("bash", "-c", "true"), CLEAN, "/no/such/directory", Heard())
    outcome = await (await shell.processes.start(launch)).wait()
    assert "No such file" in outcome.problem


async def test_the_environment_is_exactly_what_was_asked_and_the_mark(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_PASSWORD", "canary")
    names = await shell.output_of("cat /proc/self/environ | tr '\\0' '\\n'", env={**CLEAN, "MINE": "a b\nc"})
    variables = dict(line.split("=", 1) for line in names.replace("\nc", "<newline>c").splitlines())
    # PWD, SHLVL, _ and OLDPWD are bash's own.
    assert set(variables) - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "MINE", "PLYNX_WORKER_MARK"}
    assert variables["MINE"] == "a b<newline>c"
    assert "canary" not in names


async def test_no_descriptor_but_the_three_is_inherited(shell: Shell) -> None:
    await shell.run("true")
    opened = await shell.output_of("ls -l /proc/$$/fd; :")
    targets = {line.split(" -> ")[0].split()[-1]: line.split(" -> ")[1] for line in opened.splitlines() if "->" in line}
    assert sorted(targets) == ["0", "1", "2"]
    assert targets["0"] == "/dev/null"


async def test_a_script_has_a_session_of_its_own_and_gains_no_privileges(shell: Shell) -> None:
    fields = (await shell.output_of("echo $$ $(ps -o sid= -p $$) $(grep NoNewPrivs /proc/$$/status)")).split()
    assert fields[0] == fields[1]
    assert fields[-1] == "1"


async def test_signals_that_python_ignores_are_not_ignored_by_scripts(shell: Shell) -> None:
    ignored = await shell.output_of("grep -E 'SigIgn|SigBlk' /proc/$$/status")
    threads = 0b11 << 31  # signals 32 and 33: the C library keeps them to itself
    assert [int(line.split()[1], 16) & ~threads for line in ignored.splitlines()] == [0, 0]


async def test_limits_are_set_and_those_of_one_script_are_not_the_next_ones(shell: Shell) -> None:
    assert (await shell.output_of("ulimit -n; ulimit -Hc", limits={"nofile": 77})).split() == ["77", "0"]
    assert (await shell.output_of("ulimit -n")).strip() != "77"
    assert (await shell.output_of("ulimit -n", limits={"nofile": 77})).strip() == "77"


async def test_the_limit_of_cpu_seconds_ends_a_script(shell: Shell) -> None:
    outcome = await shell.run("while :; do :; done", limits={"cpu": 1})
    assert outcome.signal in {9, 24}
    assert outcome.cpu_seconds == pytest.approx(1, abs=0.5)


async def test_a_limit_above_the_worker_s_own_is_cut_to_it(shell: Shell) -> None:
    assert (await shell.output_of("ulimit -Hn", limits={"nofile": 2**40})).strip().isdigit()


async def test_a_limit_that_no_system_knows_is_refused_by_name(shell: Shell) -> None:
    with pytest.raises(Misconfigured, match="sunshine"):
        await shell.run("true", limits={"sunshine": 1})


async def test_what_the_whole_tree_used_is_counted(shell: Shell) -> None:
    burn = "python3 -c 'import time\nwhile time.process_time() < 0.3: pass\nx = b\"x\" * (64 << 20)'"
    outcome = await shell.run(f"{burn} & wait")
    assert outcome.cpu_seconds >= 0.3
    assert outcome.peak_memory >= 64 * MIB


async def test_a_tree_above_its_memory_is_killed_as_out_of_memory(shell: Shell) -> None:
    eat = "python3 -c 'import time; x = bytearray(200 << 20); time.sleep(60)'"
    outcome = await shell.run(f"{eat} & wait", memory=100 * MIB)
    assert outcome.out_of_memory
    assert shell.left() == []


async def test_a_launch_larger_than_a_socket_takes_arrives_whole(shell: Shell) -> None:
    env = {**CLEAN, **{f"LARGE_{n}": str(n) * 100_000 for n in range(8)}}
    assert (await shell.output_of("echo ${#LARGE_7}", env=env)).strip() == "100000"


async def test_variables_and_arguments_of_any_bytes_arrive(shell: Shell) -> None:
    odd = os.fsdecode(b"\xff\xfe\x01")
    found = Heard()
    await shell.run('printf %s "$ODD"', found, env={**CLEAN, "ODD": odd})
    assert bytes(found.stdout) == b"\xff\xfe\x01"


async def test_two_hundred_megabytes_of_output_never_block_and_take_no_memory(shell: Shell) -> None:
    counted = {"stdout": 0, "stderr": 0}

    def count(stream: Stream, content: bytes) -> None:
        counted[stream] += len(content)

    line = "head -c 200M /dev/zero & head -c 1M /dev/zero >&2; wait"
    launch = Launch("run/node/1", ("bash", "-c", line), CLEAN, str(shell.directory), count)
    tracemalloc.start()
    outcome = await (await shell.processes.start(launch)).wait()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcome.code == 0
    assert counted == {"stdout": 200 * MIB, "stderr": MIB}
    assert peak < 8 * MIB


async def test_a_script_that_closes_its_output_early_is_waited_for(shell: Shell) -> None:
    heard = Heard()
    outcome = await shell.run("echo last; exec >&- 2>&-; sleep 0.1; exit 4", heard)
    assert (outcome.code, bytes(heard.stdout)) == (4, b"last\n")


async def test_many_scripts_at_once_keep_their_outputs_apart(shell: Shell) -> None:
    async def run(n: int) -> str:
        return (await shell.output_of(f"echo {n}; sleep 0.0{n % 10}; echo {n}")).strip()

    assert await asyncio.gather(*map(run, range(40))) == [f"{n}\n{n}" for n in range(40)]


async def test_the_end_may_be_waited_for_by_several_and_afterwards(shell: Shell) -> None:
    process = await shell.start("sleep 0.05; exit 5")
    first = asyncio.create_task(process.wait())
    given_up = asyncio.create_task(process.wait())
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await process.wait(), await first) == (await process.wait(),) * 2


async def test_an_init_is_used_again_and_retired_in_time(shell: Shell) -> None:
    parents = {(await shell.output_of("echo $PPID")).strip() for _ in range(5)}
    assert len(parents) == 1
    for _ in range(LAUNCHES_PER_INIT - 5):
        await shell.run(":")
    assert (await shell.output_of("echo $PPID")).strip() not in parents


async def test_idle_inits_beyond_the_bound_are_let_go(tmp_path: Path) -> None:
    async with GuardedProcesses("bound", idle=2) as processes:
        shell = Shell(processes, tmp_path, "bound")
        await asyncio.gather(*(shell.run("sleep 0.05") for _ in range(6)))
        assert len(processes._all) == 2
