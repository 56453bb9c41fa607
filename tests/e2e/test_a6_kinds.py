"""A6: kinds are plugins; the article's listing runs unchanged and yields an executable that the next node runs."""

from __future__ import annotations

from pathlib import Path

from plynx_common.domain.graph_yaml import parse_yaml
from tests.e2e.client import Client
from tests.e2e.conftest import Start
from tests.e2e.documents import graph, operation, single
from tests.e2e.repositories import make_repository

ARTICLE = Path(__file__).parents[2] / "docs" / "examples" / "article.yaml"
LISTING = """\
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
LOUD = '''
from plynx_common.runtime.kinds.kind import Script

class Loud:
    """Says what `cmd` says, louder."""

    name = "loud"
    version = 1

    async def prepare(self, context):
        return Script("exec.sh", f"echo '{context.operation.cmd.upper()}'\\n", ("bash", "exec.sh"))

    async def check(self, operation):
        return ()
'''


async def test_a6_the_articles_listing_builds_a_program_that_the_next_node_runs(client: Client, tmp_path: Path) -> None:
    first = make_repository(tmp_path / "project")
    document = parse_yaml(ARTICLE.read_text(encoding="utf-8"))
    assert document["operations"]["build"]["cmd"] == LISTING

    given = {"repo": str(tmp_path / "project"), "command": "make clean_is_not_there || make", "artifact": "greet"}
    newest = (await client.run(document, parameters=given)).succeeded()
    older = (await client.run(document, parameters={**given, "commit": first})).succeeded()

    assert client.output(newest.id, "run", "text") == b"built 2\n"
    assert client.output(older.id, "run", "text") == b"built 1\n"
    built = newest.nodes["build"]["outputs"]["exec"]
    assert built["type"] == "executable"
    assert client.artifact(built["digest"]).startswith(b"\x7fELF")


async def test_a6_a_build_that_fails_stops_at_the_failed_command(client: Client, tmp_path: Path) -> None:
    make_repository(tmp_path / "project")
    document = parse_yaml(ARTICLE.read_text(encoding="utf-8"))
    given = {"repo": str(tmp_path / "project"), "command": "make nothing_known", "artifact": "greet"}

    run = (await client.run(document, parameters=given)).failed()

    assert run.states == {"build": "failed", "run": "skipped"}
    assert run.failures["build"]["exit_code"] == 2
    assert "nothing_known" in run.failures["build"]["stderr_tail"]


async def test_a6_the_three_kinds_run_side_by_side(client: Client) -> None:
    operations = {
        "jinja": operation("echo {{ param['word'] }}", "bash_jinja2", parameters={"word": {"default": "templated"}}),
        "plain": operation("echo '{{ not a template }}'"),
        "snake": operation("import sys; print(sys.version_info >= (3, 11))", "python"),
    }

    run = (await client.run(graph(operations))).succeeded()

    said = {name: client.log(run.id, name).decode().strip() for name in operations}
    assert said == {"jinja": "templated", "plain": "{{ not a template }}", "snake": "True"}


async def test_a6_a_kind_can_be_added_by_an_entry_point(start_platform: Start, tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(LOUD, encoding="utf-8")
    about = tmp_path / "loud-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[plynx.kinds]\nloud = loud:Loud\n", encoding="utf-8")

    async with start_platform(PYTHONPATH=str(tmp_path)) as platform:
        client = platform.client()
        run = (await client.run(single("hello", "loud"))).succeeded()

        assert client.log(run.id, "it") == b"HELLO\n"
        again = (await client.run(single("hello", "loud"))).succeeded()
        assert again.states == {"it": "restored"}
