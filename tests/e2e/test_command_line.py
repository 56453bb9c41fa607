"""`plynx …` as people and scripts use it: exit codes, tables and JSON, errors in words and never a stack trace."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.e2e.documents import graph, operation, single
from tests.e2e.platform import Platform
from tests.e2e.reachable import PLYNX

DONE, RUN_FAILED, USAGE, CANCELLED, TIMEOUT, UNREACHABLE = range(6)


def saved(directory: Path, document: Any, name: str = "graph.json") -> str:
    path = directory / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stdout + done.stderr


async def test_a_run_is_submitted_waited_for_and_shown(platform: Platform, tmp_path: Path) -> None:
    file = saved(
        tmp_path, single("echo out; echo err >&2; echo 42 > $PLYNX_OUTPUT_x", outputs={"x": "int"}, title="One")
    )
    done = platform.cli("run", file, "--wait", "-o", "json")
    assert done.returncode == DONE, done
    run = json.loads(done.stdout)
    assert (run["state"], run["counts"]) in [("succeeded", {"succeeded": 1}), ("succeeded", {"restored": 1})]
    listed = json.loads(platform.cli("runs", "ls", "-o", "json").stdout)
    assert run["id"] in [each["id"] for each in listed]
    shown = platform.cli("runs", "show", run["id"]).stdout
    assert run["id"] in shown
    assert "✓ succeeded" in shown
    assert platform.cli("logs", run["id"], "it").stdout == "out\n"
    assert platform.cli("logs", "-f", run["id"], "it", "--stream", "stderr").stdout == "err\n"


async def test_following_shows_states_and_logs_line_by_line(platform: Platform, tmp_path: Path) -> None:
    script = "for i in 1 2 3; do echo line $i of $PLYNX_PARAM_tag; sleep 0.1; done"
    file = saved(tmp_path, single(script, parameters={"tag": "str"}, values={"tag": "it"}, cacheable=False))
    done = platform.cli("run", file, "--follow")
    assert done.returncode == DONE, done
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("it | ")] == [f"it | line {i} of it" for i in (1, 2, 3)]
    assert any("✓ succeeded" in line for line in lines)
    assert lines[-1].startswith("run run-")


async def test_following_a_run_shows_each_line_of_each_attempt_once(platform: Platform, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    script = f"touch {marks}/$(date +%s%N); n=$(ls {marks} | wc -l); echo try $n; printf end; [ $n = 5 ]"
    file = saved(tmp_path, single(script, cacheable=False, retries=4, retry_delay=0.01))
    done = platform.cli("run", file, "--follow")
    assert done.returncode == DONE, done
    lines = [line for line in done.stdout.splitlines() if line.startswith("it | ")]
    assert [line for line in lines if "try" in line] == [f"it | try {count}" for count in (1, 2, 3, 4, 5)]
    assert [line for line in lines if "end" in line] == ["it | end"] * 5


async def test_a_failed_run_has_its_exit_code_and_says_why(platform: Platform, tmp_path: Path) -> None:
    file = saved(tmp_path, single("echo 'the disk is [red]' >&2; exit 7"))
    done = platform.cli("run", file, "--wait")
    assert done.returncode == RUN_FAILED
    assert "✗ it: the script exited with code 7" in done.stdout
    assert "the disk is [red]" in done.stdout


async def test_waiting_no_longer_than_asked_and_cancelling(platform: Platform, tmp_path: Path, client: Client) -> None:
    file = saved(tmp_path, single("sleep 60", cacheable=False))
    refused(platform.cli("run", file, "--wait", "--timeout", "0.5"), TIMEOUT, "still", "plynx runs watch")
    (run,) = json.loads(platform.cli("runs", "ls", "--limit", "1", "-o", "json").stdout)
    assert platform.cli("runs", "cancel", run["id"]).returncode == DONE
    await client.end_of(run["id"])
    assert platform.cli("runs", "watch", run["id"]).returncode == CANCELLED


async def test_the_same_key_gives_the_same_run(platform: Platform, tmp_path: Path) -> None:
    file = saved(tmp_path, single("true"))
    first, second = (platform.cli("run", file, "--idempotency-key", "nightly", "-o", "name") for _ in range(2))
    assert first.stdout == second.stdout
    other = saved(tmp_path, single("false"), "other.json")
    refused(platform.cli("run", other, "--idempotency-key", "nightly"), USAGE, "'nightly'", "fresh key")


async def test_parameters_and_targets_come_from_the_command_line(platform: Platform, tmp_path: Path) -> None:
    work = operation("echo $PLYNX_PARAM_text > $PLYNX_OUTPUT_x", parameters={"text": "str"}, outputs={"x": "text"})
    placed: list[dict[str, Any]] = [
        {"id": id, "operation": "work", "parameters": {"text": {"$param": "text"}}} for id in ("a", "b")
    ]
    document = graph({"work": work}, *placed, parameters=[{"name": "text", "type": "str", "default": "none"}])
    done = platform.cli("run", saved(tmp_path, document), "-p", "text=007", "--target", "b", "--wait", "-o", "json")
    run = json.loads(done.stdout)
    assert sum(run["counts"].values()) == 1
    got = platform.cli("artifact", "get", f"{run['id']}/b/x", "--to", "-")
    assert got.stdout == "007\n"


async def test_an_artifact_is_downloaded_whole_and_checked(platform: Platform, tmp_path: Path, client: Client) -> None:
    ended = (
        await client.run(single("head -c 3000000 /dev/urandom > $PLYNX_OUTPUT_x", outputs={"x": "file"}))
    ).succeeded()
    digest = ended.nodes["it"]["outputs"]["x"]["digest"]
    target = tmp_path / "deep" / "result"
    done = platform.cli("artifact", "get", digest, "--to", str(target))
    assert done.returncode == DONE, done
    assert hashlib.sha256(target.read_bytes()).hexdigest() == digest
    assert [path.name for path in target.parent.iterdir()] == ["result"]
    refused(platform.cli("artifact", "get", f"{ended.id}/it/y"), USAGE, "'y'", "'x'")
    refused(platform.cli("artifact", "get", "0" * 64, "--to", str(tmp_path / "no")), USAGE, "there is no artifact")
    assert not (tmp_path / "no").exists()


CYCLE = """\
nodes:
  - id: a
    operation: x
    after: [b]
  - id: b
    operation: x
    after: [a]
operations:
  x: {name: x, kind: command, cmd: "true"}
"""
TEMPLATE = """\
nodes: [{id: a, operation: x}]
operations:
  x:
    name: x
    kind: bash_jinja2
    cmd: |
      echo begin
      echo {{ param['nope'] }}
"""


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (CYCLE, ("bad.yaml:2:", "'a' → 'b' → 'a'", "remove")),
        (TEMPLATE, ("bad.yaml:6:", "line 2 of cmd", "'nope'")),
        (CYCLE.replace("operation: x", "operation: y"), ("bad.yaml:3:", "'y'", "unknown")),
        (CYCLE.replace("after: [b]", "afterr: [b]"), ("bad.yaml:4:", "'afterr'", "did you mean 'after'?")),
        ("nodes: [}", ("bad.yaml", "line 1, column 9")),
        ("", ("bad.yaml", "empty")),
        ("nodes: []", ("bad.yaml:1:", "no nodes")),
    ],
)
async def test_a_bad_file_is_refused_with_its_line_and_a_remedy(
    platform: Platform, tmp_path: Path, document: str, words: tuple[str, ...]
) -> None:
    refused(platform.cli("run", saved(tmp_path, document, "bad.yaml")), USAGE, *words)


async def test_a_file_is_checked_without_being_run(platform: Platform, tmp_path: Path) -> None:
    before = platform.cli("runs", "ls", "-o", "name").stdout
    checked = platform.cli("graph", "validate", saved(tmp_path, TEMPLATE, "bad.yaml"), "-o", "json")
    assert checked.returncode == USAGE
    assert [(issue["line"], issue["path"]) for issue in json.loads(checked.stdout)] == [(6, "/operations/x/cmd")]
    good = platform.cli("graph", "validate", saved(tmp_path, single("true")))
    assert (good.returncode, "valid" in good.stdout) == (DONE, True)
    bad = platform.cli("op", "validate", saved(tmp_path, {"name": "x", "kind": "python", "cmd": "if:"}))
    assert (bad.returncode, "line 1 of cmd" in bad.stdout) == (USAGE, True)
    assert platform.cli("runs", "ls", "-o", "name").stdout == before


async def test_wrong_words_on_the_command_line_are_usage_errors(platform: Platform) -> None:
    refused(platform.cli("runs", "show", "run-nope"), USAGE, "there is no run 'run-nope'")
    refused(platform.cli("run", "graph-nope"), USAGE, "there is no graph 'graph-nope'")
    refused(platform.cli("run", "gone.yaml"), USAGE, "there is no file 'gone.yaml'")
    refused(platform.cli("runs", "ls", "--state", "lost"), USAGE, "succeeded")
    refused(platform.cli("nonsense"), USAGE, "nonsense")
    refused(platform.cli("logs", "run", "node", "--stream", "out"), USAGE, "expected stdout, stderr or worker")


async def test_a_wrong_token_and_a_platform_that_is_away_have_their_codes(platform: Platform, tmp_path: Path) -> None:
    refused(platform.cli("runs", "ls", PLYNX_TOKEN="plx_wrong"), USAGE, "malformed")
    away = {"PLYNX_URL": "http://127.0.0.1:9", "PLYNX_TOKEN": platform.token}
    refused(platform.cli("runs", "ls", **away), UNREACHABLE, "http://127.0.0.1:9", "`plynx up`")
    file = saved(tmp_path, single("true"))
    refused(platform.cli("run", file, PLYNX_HOME=str(tmp_path / "none")), UNREACHABLE, "`plynx up`")


def ports(platform: Platform) -> dict[str, str]:
    return {name: value for name, value in platform.environment.items() if name.endswith("_PORT")}


async def test_a_second_start_on_the_same_home_names_the_first(platform: Platform) -> None:
    again = platform.cli("up", **platform.environment)
    refused(again, USAGE, f"pid {platform.pid}", "PLYNX_HOME")


async def test_the_doctor_and_the_config_check_name_what_is_wrong(platform: Platform, tmp_path: Path) -> None:
    fresh = {"PLYNX_HOME": str(tmp_path / "home"), "PLYNX_API_PORT": "0", "PLYNX_STORAGE_PORT": "0"}
    well = platform.cli("doctor", **fresh)
    assert (well.returncode, "✗" in well.stdout) == (DONE, False), well
    taken = platform.cli("doctor", **{**fresh, "PLYNX_API_PORT": platform.environment["PLYNX_API_PORT"]})
    assert taken.returncode == USAGE
    assert "PLYNX_API_PORT" in taken.stdout
    checked = platform.cli("config", "check", **{**fresh, "PLYNX_WORKER_SLOTS": "3"})
    (line,) = [line for line in checked.stdout.splitlines() if line.startswith("PLYNX_WORKER_SLOTS ")]
    assert line.split() == ["PLYNX_WORKER_SLOTS", "3", "environment"]
    misspelt = platform.cli("config", "check", **fresh, PLYNX_WORKER_SLOT="3")
    assert (misspelt.returncode, "did you mean 'PLYNX_WORKER_SLOTS'" in misspelt.stdout) == (USAGE, True)
    refused(platform.cli("up", **fresh, PLYNX_WORKER_SLOTS="many"), USAGE, "PLYNX_WORKER_SLOTS")


def watching(platform: Platform, run: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PLYNX, "runs", "watch", run],
        env=platform.shell_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_an_interrupted_wait_leaves_the_run_alone_and_says_how_to_come_back(
    platform: Platform, tmp_path: Path, client: Client
) -> None:
    file = saved(tmp_path, single("sleep 60", cacheable=False))
    run = platform.cli("run", file, "-o", "name").stdout.strip()
    watcher = watching(platform, run)
    try:
        assert watcher.stdout is not None
        assert "it" in watcher.stdout.readline()  # it watches
        watcher.send_signal(signal.SIGINT)
        _, said = watcher.communicate(timeout=10)
    finally:
        watcher.kill()
    assert (watcher.returncode, f"plynx runs cancel {run}" in said) == (130, True)
    platform.cli("runs", "cancel", run)
    await client.end_of(run)
