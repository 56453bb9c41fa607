"""A11: cached by default and marked; a second run executes nothing, and what may not be cached executes."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.client import Client
from tests.e2e.documents import Document, graph, node, operation


def pipeline(ledger: Path) -> Document:
    """Each script writes into the ledger first: what was really executed, whatever the platform says."""
    make = operation(f'echo make >> {ledger}; echo hello > "$PLYNX_OUTPUT_out"', outputs={"out": "text"})
    use = operation(
        f'echo use >> {ledger}; tr a-z A-Z < "$PLYNX_INPUT_data" > "$PLYNX_OUTPUT_out"',
        inputs={"data": "text"},
        outputs={"out": "text"},
    )
    date = operation(
        f'echo date >> {ledger}; date +%s%N > "$PLYNX_OUTPUT_out"', outputs={"out": "text"}, cacheable=False
    )
    return graph(
        {"make": make, "use": use, "date": date}, node("make"), node("use", "", {"data": "make.out"}), node("date")
    )


async def test_a11_a_second_run_executes_only_what_may_not_be_cached(client: Client, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    first = (await client.run(pipeline(ledger))).succeeded()
    assert first.states == {"make": "succeeded", "use": "succeeded", "date": "succeeded"}
    assert sorted(ledger.read_text().split()) == ["date", "make", "use"]
    second = (await client.run(pipeline(ledger))).succeeded()
    assert second.states == {"make": "restored", "use": "restored", "date": "succeeded"}
    assert sorted(ledger.read_text().split()) == ["date", "date", "make", "use"]
    assert second.nodes["use"]["restored_from"]["run"] == first.id
    assert second.nodes["use"]["restored_from"]["node"] == "use"
    assert client.output(second.id, "use", "out") == b"HELLO\n"
    assert client.output(second.id, "date", "out") != client.output(first.id, "date", "out")


async def test_a11_force_executes_whatever_the_cache_holds(client: Client, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    (await client.run(pipeline(ledger))).succeeded()
    forced = (await client.run(pipeline(ledger), force=True)).succeeded()
    assert set(forced.states.values()) == {"succeeded"}
    assert sorted(ledger.read_text().split()) == ["date", "date", "make", "make", "use", "use"]
