"""A11: cached by default and marked; a second run executes nothing, and what may not be cached executes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, node, operation
from tests.e2e.reachable import Reachable


def pipeline(ledger: Path, text: str = "hello") -> Document:
    """Each script writes a line first, in one piece: what was really executed, whatever the platform says."""
    make = operation(
        f'echo make >> {ledger}; echo {text} | tee "$PLYNX_OUTPUT_out"; echo 3 > "$PLYNX_OUTPUT_count"',
        outputs={"out": "text", "count": "int"},
    )
    use = operation(
        f"echo use >> {ledger}\ntr a-z A-Z < {{{{ input['data'] }}}} > {{{{ output['out'] }}}}",
        "bash_jinja2",
        inputs={"data": "text"},
        outputs={"out": "text"},
    )
    count = operation(
        f"open('{ledger}', 'a').write('count\\n')\nopen(outputs['tree'] + '/n', 'w').write('x' * params['n'])",
        "python",
        parameters={"n": "int"},
        outputs={"tree": "directory"},
    )
    nodes = [
        node("make"),
        node("use", inputs={"data": "make.out"}),
        node("count", parameters={"n": {"$output": {"node": "make", "output": "count"}}}),
    ]
    return graph({"make": make, "use": use, "count": count}, *nodes)


def executed(ledger: Path) -> list[str]:
    return sorted(ledger.read_text(encoding="utf-8").split())


async def test_a11_a_second_run_executes_nothing_and_marks_everything(
    client: Client, platform: Reachable, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    first = (await client.run(pipeline(ledger))).succeeded()

    second = (await client.run(pipeline(ledger))).succeeded()

    assert executed(ledger) == ["count", "make", "use"]
    assert second.states == {"make": "restored", "use": "restored", "count": "restored"}
    assert second.run["counts"] == {"restored": 3}
    for id, found in second.nodes.items():
        origin = {name: found["restored_from"][name] for name in ("run", "node")}
        assert origin == {"run": first.id, "node": id}
        assert found["outputs"] == first.nodes[id]["outputs"]
    assert client.output(second.id, "use", "out") == b"HELLO\n"
    assert client.log(second.id, "make") == b"hello\n", "the log is that of the execution"
    assert "↺ restored" in platform.cli("runs", "show", second.id).stdout


async def test_a11_what_may_not_be_cached_executes_again(client: Client, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    cmd = f'echo date >> {ledger}; date +%s%N > "$PLYNX_OUTPUT_out"'
    date = graph({"date": operation(cmd, outputs={"out": "text"}, cacheable=False)})
    first = (await client.run(date)).succeeded()

    second = (await client.run(date)).succeeded()

    assert executed(ledger) == ["date", "date"]
    assert second.states == {"date": "succeeded"}
    assert client.output(second.id, "date", "out") != client.output(first.id, "date", "out")


async def test_a11_a_change_executes_only_what_depends_on_it(client: Client, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    await client.run(pipeline(ledger))

    changed = (await client.run(pipeline(ledger, text="bye"))).succeeded()

    # `count` reads a number that is the same as before, though the node that wrote it ran again.
    assert changed.states == {"make": "succeeded", "use": "succeeded", "count": "restored"}
    assert executed(ledger) == ["count", "make", "make", "use", "use"]


async def test_a11_force_executes_whatever_the_cache_holds(client: Client, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    await client.run(pipeline(ledger))

    one = (await client.run(pipeline(ledger), force=["use"])).succeeded()
    every = (await client.run(pipeline(ledger), force=True)).succeeded()

    assert one.states == {"make": "restored", "use": "succeeded", "count": "restored"}
    assert set(every.states.values()) == {"succeeded"}
    assert executed(ledger) == ["count", "count", "make", "make", "use", "use", "use"]


@pytest.mark.embedded  # it takes the file out of the folder
async def test_a11_an_artifact_that_is_gone_is_made_again(client: Client, platform: Reachable, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    first = (await client.run(pipeline(ledger, text="precious"))).succeeded()
    digest = first.nodes["use"]["outputs"]["out"]["digest"]
    (stored,) = platform.home.glob(f"objects/*/sha256/*/{digest}")
    stored.unlink()

    second = (await client.run(pipeline(ledger, text="precious"))).succeeded()

    assert second.states == {"make": "restored", "use": "succeeded", "count": "restored"}
    assert client.output(second.id, "use", "out") == b"PRECIOUS\n"
