"""A8: a temporary directory as current directory → inputs → script → execution → outputs and final logs."""

from __future__ import annotations

import json
from pathlib import Path

from plynx_common.testing.eventually import eventually
from tests.e2e.client import Client
from tests.e2e.conftest import Start
from tests.e2e.documents import graph, node, operation, single
from tests.e2e.processes import workers_of
from tests.e2e.reachable import Reachable

LOOK = """
import json, os, sys, time
now = time.time()
born = {name: os.stat(name).st_mtime for name in sorted(os.listdir("."))}
here = os.stat(".")
seen = {
    "cwd": os.getcwd(),
    "mode": oct(here.st_mode & 0o777),
    "files": list(born),
    "in_order": born["i_0_data"] <= born["i_1_data"] <= born["exec.py"] <= now,
    "inputs": inputs["data"],
    "content": [open(path).read() for path in inputs["data"]],
    "script": open("exec.py").read()[:12],
    "environment": dict(os.environ),
    "stdin": sys.stdin.read() if sys.stdin else "",
}
open(outputs["seen"], "w").write(json.dumps(seen))
open("o_undeclared", "w").write("x")
print("to stdout")
print("to stderr", file=sys.stderr)
open(logs["worker"], "w").write("to the worker's log")
"""


async def test_a8_the_script_finds_its_directory_inputs_and_itself(client: Client, platform: Reachable) -> None:
    operations = {
        "make": operation("echo $PLYNX_NODE > $PLYNX_OUTPUT_out", outputs={"out": "text"}),
        "make2": operation("echo $PLYNX_NODE > $PLYNX_OUTPUT_out", outputs={"out": "text"}),
        "look": operation(
            LOOK, "python", inputs={"data": {"types": ["text"], "max": -1}}, outputs={"seen": "json"}, cacheable=False
        ),
    }
    document = graph(operations, node("make"), node("make2"), node("look", inputs={"data": ["make.out", "make2.out"]}))

    run = (await client.run(document)).succeeded()

    seen = json.loads(client.output(run.id, "look", "seen"))
    directory = seen["cwd"]
    assert directory.startswith(tuple(map(str, workers_of(platform.home))))
    assert seen["mode"] == "0o700"
    assert seen["files"] == ["context.json", "exec.py", "i_0_data", "i_1_data"]
    assert seen["in_order"]
    assert seen["inputs"] == [f"{directory}/i_0_data", f"{directory}/i_1_data"]
    assert seen["content"] == ["make\n", "make2\n"]
    assert seen["script"] == LOOK[:12]
    assert seen["stdin"] == ""
    assert {name: seen["environment"][name] for name in ("HOME", "TMPDIR", "PLYNX_RUN", "PLYNX_NODE")} == {
        "HOME": directory,
        "TMPDIR": directory,
        "PLYNX_RUN": run.id,
        "PLYNX_NODE": "look",
    }
    await eventually(lambda: not Path(directory, "o_undeclared").exists(), story="it is emptied after the node's end")


async def test_a8_outputs_and_final_logs_are_stored_when_the_node_has_ended(client: Client) -> None:
    operations = {
        "make": operation("echo x > $PLYNX_OUTPUT_out", outputs={"out": "text"}),
        "look": operation(LOOK, "python", inputs={"data": {"types": ["text"], "max": -1}}, outputs={"seen": "json"}),
    }
    document = graph(operations, node("make"), node("look", inputs={"data": ["make.out", "make.out"]}), title="a8")

    run = (await client.run(document)).succeeded()

    assert set(run.nodes["look"]["outputs"]) == {"seen"}, "only what is declared is stored"
    assert client.log(run.id, "look", "stdout") == b"to stdout\n"
    assert client.log(run.id, "look", "stderr") == b"to stderr\n"
    assert b"to the worker's log" in client.log(run.id, "look", "worker")
    with client.connection.stream(f"/runs/{run.id}/nodes/look/logs/stdout") as answer:
        assert answer.headers["X-Log-Sealed"] == "true"
    timings = run.nodes["look"]["timings"]
    assert all(timings[phase] >= 0 for phase in ("preparing", "running", "finishing", "cpu"))


async def test_a8_nothing_of_the_platform_leaks_into_the_script(start_platform: Start) -> None:
    async with start_platform(SECRET_OF_THE_HOST="canary", PLYNX_SECRET="0123456789" * 4) as platform:
        client = platform.client()
        run = (await client.run(single("env; ls -l /proc/self/fd | cat"))).succeeded()
        said = client.log(run.id, "it").decode()

    names = {line.partition("=")[0] for line in said.splitlines() if "=" in line}
    assert "canary" not in said
    assert "0123456789" not in said
    assert not names & {"PLYNX_HOME", "PLYNX_SECRET", "PLYNX_WORKER_TOKEN", "PLYNX_TOKEN", "VIRTUAL_ENV"}
    assert "socket" not in said, "no descriptor of the worker is inherited"


async def test_a8_a_script_may_fill_its_directory_with_anything(client: Client, platform: Reachable) -> None:
    cmd = """
        mkdir -p deep/er; touch deep/er/file; chmod 000 deep/er; chmod 500 deep; ln -s /etc link; mkfifo pipe
        touch "$(printf 'odd\\nname')"; pwd
        """

    run = (await client.run(single(cmd, cacheable=False))).succeeded()

    directory = Path(client.log(run.id, "it").decode().strip())
    await eventually(lambda: not (directory.exists() and list(directory.iterdir())), story="it is emptied")
    assert Path("/etc/passwd").exists()
    assert platform.home in directory.parents
