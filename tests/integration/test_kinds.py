"""Each kind from operation to output: prepared, written, executed by the guardian, collected."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import textwrap
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plynx_common.domain.failure import Failure
from plynx_common.domain.kinds import KINDS
from plynx_common.domain.operation import Input, Operation, Output, Parameter
from plynx_common.runtime.kinds.kind import Script, ScriptContext
from plynx_common.runtime.kinds.registry import Kinds, load_kinds
from plynx_common.runtime.rendering.renderer import Renderer
from plynx_worker.collecting import Collected, collect
from plynx_worker.environment import ScriptEnvironment
from plynx_worker.processes import Exit, Launch
from plynx_worker.workdir import Source, create, lay_out, write_script
from tests.integration.scripts import Heard, Shell

ARTICLE = """\
# stop execution of the script if one of the command failed
set -e
# create a custom directory and clone a git repo there
export DIRECTORY=directory
git clone {{ param['repo'] }} $DIRECTORY
# cd to the directory and reset it to a certain commit
cd $DIRECTORY
git reset --hard {{ param['commit'] }}
# execute "command", such as "make" or "bazel build"
bash -c '({{ param["command"] }})'
# copy resulting artifact to a path PLynx expects to see the output
cp {{ param["artifact"] }} {{ output["exec"] }}
"""


@dataclass
class Executed:
    outcome: Exit
    script: Script
    context: ScriptContext
    heard: Heard = field(default_factory=Heard)

    async def outputs(self) -> dict[str, Collected]:
        assert self.outcome.code == 0, (self.outcome, self.heard)
        found = await collect(self.context)
        assert not isinstance(found, Failure), found
        return {entry.name: entry for entry in found}

    @property
    def text(self) -> str:
        assert self.outcome.code == 0, (self.outcome, self.heard)
        return self.heard.stdout.decode()


@dataclass
class Bench:
    kinds: Kinds
    shell: Shell

    async def execute(
        self,
        operation: Operation,
        params: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Sequence[Source]] | None = None,
    ) -> Executed:
        directory = create(self.shell.directory, "attempt")
        context = await lay_out(directory, operation, inputs or {}, params or {}, cloud_prefix="s3://bucket/1")
        assert not isinstance(context, Failure), context
        script = await self.kinds[operation.kind].prepare(context)
        assert not isinstance(script, Failure), script
        write_script(context, script)
        env = ScriptEnvironment(os.environ).of(context, script, {"PLYNX_RUN": "run"})
        heard = Heard()
        process = await self.shell.processes.start(Launch("run/node/1", script.argv, env, context.directory, heard))
        return Executed(await process.wait(), script, context, heard)


@pytest.fixture
async def bench(shell: Shell) -> AsyncIterator[Bench]:
    async with Renderer() as renderer:
        yield Bench(load_kinds(renderer), shell)


def operation(kind: str, cmd: str, **fields: Any) -> Operation:
    return Operation(name="op", kind=kind, cmd=textwrap.dedent(cmd), **fields)


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """A C program whose first commit prints `first`; its newest does not build."""
    path = tmp_path / "origin"
    path.mkdir()

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q")
    (path / "build.sh").write_text("printf '#!/bin/sh\\necho first\\n' > program; chmod +x program\n")
    git("add", ".")
    git("commit", "-qm", "first")
    first = git("rev-parse", "HEAD")
    (path / "build.sh").write_text("exit 1\n")
    git("commit", "-qam", "second")
    return path, first


async def test_the_listing_of_the_article_runs_unchanged_and_yields_an_executable(
    bench: Bench, repository: tuple[Path, str]
) -> None:
    path, commit = repository
    build = operation(
        "bash_jinja2",
        ARTICLE,
        parameters=(
            *(Parameter(name=name) for name in ("repo", "commit", "artifact")),
            Parameter(name="command", type="code"),
        ),
        outputs=(Output(name="exec", type="executable"),),
    )
    params = {"repo": str(path), "commit": commit, "command": "bash build.sh && ls", "artifact": "program"}
    outputs = await (await bench.execute(build, params)).outputs()
    assert outputs["exec"].type == "executable"
    use = operation("bash_jinja2", "{{ input.tool }}", inputs=(Input(name="tool", types=("executable",)),))
    used = await bench.execute(use, {}, {"tool": [Source("executable", outputs["exec"].content or b"")]})
    assert used.text == "first\n"


async def test_what_is_executed_is_what_the_preview_shows(bench: Bench) -> None:
    """But for the working directory, which a preview before the run cannot know."""
    shown = operation(
        "bash_jinja2",
        "cp {{ input.a }} {{ output.o }}\necho {{ param.x | sh }} {{ input.many }} {{ log.stdout }} > /dev/null\n",
        inputs=(Input(name="a"), Input(name="many", min=2, max=-1)),
        outputs=(Output(name="o"),),
        parameters=(Parameter(name="x"),),
    )
    preview = await bench.kinds.preview(shown, {"x": "it's"})
    assert isinstance(preview, Script)
    source = Source("file", b"content")
    executed = await bench.execute(shown, {"x": "it's"}, {"a": [source], "many": [source, source]})
    assert executed.outcome.code == 0
    text = (Path(executed.context.directory) / "exec.sh").read_text()
    assert text == executed.script.text == preview.text.replace("/working-directory", executed.context.directory)
    assert preview.argv == executed.script.argv


async def test_a_script_finds_its_files_in_its_current_directory(bench: Bench) -> None:
    listing = operation(
        "bash_jinja2", "ls; pwd", inputs=(Input(name="many", max=-1),), outputs=(Output(name="d", type="directory"),)
    )
    executed = await bench.execute(listing, {}, {"many": [Source("file", b""), Source("file", b"")]})
    assert executed.text.split() == ["exec.sh", "i_0_many", "i_1_many", "o_d", executed.context.directory]
    assert stat.S_IMODE(Path(executed.context.directory).stat().st_mode) == 0o700


async def test_safe_quoting_runs_hostile_values_as_text(bench: Bench) -> None:
    hostile = "$(touch owned); `touch owned` \"'; touch owned #"
    echo = operation(
        "bash_jinja2", 'printf %s {{ param.x }} "{{ param.x }}"', quoting="safe", parameters=(Parameter(name="x"),)
    )
    executed = await bench.execute(echo, {"x": hostile})
    assert executed.text == hostile * 2
    assert not (Path(executed.context.directory) / "owned").exists()


async def test_an_undefined_name_is_found_at_validation_and_fails_the_attempt(bench: Bench) -> None:
    broken = operation("bash_jinja2", "set -e\necho {{ param.nope }}\n")
    issues = await bench.kinds["bash_jinja2"].check(broken)
    assert [(issue.path, issue.severity) for issue in issues] == [("/cmd", "error")]
    assert "line 2 of cmd: 'param' has no 'nope'" in issues[0].message
    failure = await bench.kinds.preview(broken, {})
    assert isinstance(failure, Failure)
    assert "line 2" in failure.message


# --- command -----------------------------------------------------------------------------------


async def test_a_command_finds_everything_in_its_environment(bench: Bench) -> None:
    everything = operation(
        "command",
        """\
        echo '{{ not a template }}'
        echo "$PLYNX_PARAM_x|$PLYNX_PARAM_yes|$PLYNX_PARAM_words|$PLYNX_PARAM_conf|$PLYNX_INPUT_one|$PLYNX_INPUT_many"
        echo "$PLYNX_CLOUD_INPUT_c|$PLYNX_CLOUD_OUTPUT_co"
        cat "$PLYNX_INPUT_one" > "$PLYNX_OUTPUT_o"
        """,
        inputs=(Input(name="one"), Input(name="many", max=-1), Input(name="c", types=("cloud-storage",))),
        outputs=(Output(name="o"), Output(name="co", type="cloud-storage")),
        parameters=(
            Parameter(name="x"),
            Parameter(name="yes", type="bool"),
            Parameter(name="words", type="list_str"),
            Parameter(name="conf", type="json"),
        ),
    )
    executed = await bench.execute(
        everything,
        {"x": "it's $HOME", "yes": True, "words": ["a b", "c"], "conf": {"k": [1]}},
        {
            "one": [Source("file", b"content")],
            "many": [Source("file", b""), Source("file", b"")],
            "c": [Source("cloud-storage", b'{"path": "s3://bucket/in"}')],
        },
    )
    here = executed.context.directory
    assert executed.text == (
        "{{ not a template }}\n"
        f'it\'s $HOME|True|a b\nc|{{"k": [1]}}|{here}/i_0_one|{here}/i_0_many\n{here}/i_1_many\n'
        "s3://bucket/in|s3://bucket/1/co\n"
    )
    assert (await executed.outputs())["o"].content == b"content"


async def test_large_values_are_in_the_manifest_only(bench: Bench) -> None:
    show = operation(
        "command",
        """\
        echo "${PLYNX_PARAM_large-unset} ${#PLYNX_PARAM_fits}"
        python3 -c 'import json, os; print(len(json.load(open(os.environ["PLYNX_CONTEXT"]))["params"]["large"]))'
        """,
        parameters=(Parameter(name="large"), Parameter(name="fits")),
    )
    executed = await bench.execute(show, {"large": "é" * 60_000, "fits": "x" * 100 * 1024})
    assert executed.text == "unset 102400\n60000\n"


async def test_values_that_together_exceed_the_kernel_s_limit_do_not_stop_the_script(bench: Bench) -> None:
    names = [f"p{n}" for n in range(60)]
    many = operation("command", "env | grep -c PLYNX_PARAM_", parameters=tuple(Parameter(name=name) for name in names))
    executed = await bench.execute(many, dict.fromkeys(names, "x" * 90_000))
    assert 5 <= int(executed.text) < 60


# --- python ------------------------------------------------------------------------------------


async def test_python_finds_dicts_of_its_own_types(bench: Bench) -> None:
    program = operation(
        "python",
        """\
        import json, sys
        assert params is param and inputs is input and outputs is output and logs is log
        assert params == {"n": 3, "lr": 1e-05, "yes": True, "words": ["a b"], "conf": {"k": None}}, params
        assert open(inputs["one"]).read() == "content"
        assert [open(path).read() for path in inputs["many"]] == ["1", "2"]
        assert cloud_input == {} and cloud_output == {"c": "s3://bucket/1/c"}
        assert __name__ == "__main__" and sys.argv == ["exec.py"]
        import __main__
        assert __main__.params is params
        with open(outputs["o"], "w") as file:
            json.dump(params, file)
        print("done")
        """,
        inputs=(Input(name="one"), Input(name="many", max=-1)),
        outputs=(Output(name="o"), Output(name="c", type="cloud-storage")),
        parameters=(Parameter(name="conf", type="json"),),
    )
    params = {"n": 3, "lr": 1e-05, "yes": True, "words": ["a b"], "conf": {"k": None}}
    sources = {"one": [Source("file", b"content")], "many": [Source("file", b"1"), Source("file", b"2")]}
    executed = await bench.execute(program, params, sources)
    assert executed.text == "done\n"
    assert json.loads((await executed.outputs())["o"].content or b"") == params


async def test_a_traceback_shows_the_lines_of_the_user_s_script_and_nothing_else(bench: Bench) -> None:
    program = operation("python", "def f():\n    raise KeyError('gone')\n\n\nf()\n")
    executed = await bench.execute(program)
    assert executed.outcome.code == 1
    trace = executed.heard.stderr.decode()
    assert 'File "exec.py", line 5, in <module>' in trace
    assert 'File "exec.py", line 2, in f\n    raise KeyError' in trace
    assert "prelude" not in trace


@pytest.mark.parametrize(("ending", "code"), [("sys.exit(7)", 7), ("raise SystemExit('words')", 1), ("sys.exit()", 0)])
async def test_python_exits_as_it_says(bench: Bench, ending: str, code: int) -> None:
    executed = await bench.execute(operation("python", f"import sys\n{ending}\n"))
    assert executed.outcome.code == code
    assert "Traceback" not in executed.heard.stderr.decode()


async def test_a_syntax_error_is_told_with_its_line_before_and_at_the_run(bench: Bench) -> None:
    broken = operation("python", "x = 1\nif x\n    pass\n")
    (issue,) = await bench.kinds["python"].check(broken)
    assert "line 2 of cmd" in issue.message
    executed = await bench.execute(broken)
    assert executed.outcome.code == 1
    assert 'File "exec.py", line 2' in executed.heard.stderr.decode()
    assert "prelude" not in executed.heard.stderr.decode()


async def test_modules_in_the_working_directory_and_pickling_work(bench: Bench) -> None:
    program = operation(
        "python",
        """\
        import pickle
        class Point:
            x = 1
        assert pickle.loads(pickle.dumps(Point())).x == 1
        open("mine.py", "w").write("y = 2")
        import mine
        print(mine.y)
        """,
    )
    assert (await bench.execute(program)).text == "2\n"


# --- the environment ---------------------------------------------------------------------------


async def test_nothing_of_the_worker_s_environment_leaks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("PLYNX_WORKER_TOKEN", "canary")
    monkeypatch.setenv("PYTHONPATH", "/canary")
    show = operation("command", "cat /proc/self/environ | tr '\\0' '\\n' | sort", env={"MINE": "yes", "HOME": "/mine"})
    text = (await bench.execute(show)).text
    assert "canary" not in text
    names = {line.split("=")[0] for line in text.splitlines()}
    assert {"MINE", "PATH", "TMPDIR", "PLYNX_RUN", "PLYNX_CONTEXT"} <= names
    assert "HOME=/mine" in text
    known = {"LC_ALL", "LC_CTYPE", "TZ", "LANG", "HOME", "PWD", "SHLVL", "_", "OLDPWD", "PLYNX_WORKER_MARK"}
    names = {name for name in names if not name.startswith("PLYNX_LOG_")}
    assert names - known - {"MINE", "PATH", "TMPDIR", "PLYNX_RUN", "PLYNX_CONTEXT"} == set()


def test_every_executable_kind_of_the_domain_is_installed_with_its_version() -> None:
    kinds = load_kinds(Renderer())
    assert {"bash_jinja2", "command", "python"} <= set(kinds)
    for name in kinds:
        assert kinds[name].version == KINDS[name].version


async def test_scripts_run_while_others_are_prepared(bench: Bench) -> None:
    """Nothing in the way from operation to output holds the loop."""
    echo = operation("bash_jinja2", "echo {{ param.n + 1 }}", parameters=(Parameter(name="n", type="int"),))
    contexts = [ScriptContext(echo, "/", {}, {}, {"n": n}, {}) for n in range(20)]
    scripts = await asyncio.gather(*(bench.kinds["bash_jinja2"].prepare(context) for context in contexts))
    assert [script.text for script in scripts if isinstance(script, Script)] == [f"echo {n + 1}" for n in range(20)]
