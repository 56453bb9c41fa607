"""Tables for people: nothing in a cell is taken for markup, nothing is cut in a pipe."""

from __future__ import annotations

import pytest

from plynx.cli.output import Format, cell, duration, print_table, show


def test_what_looks_like_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["node", "why"], [["a", "[red]it[/red] has [0] and [/]"]])
    assert "[red]it[/red] has [0] and [/]" in capsys.readouterr().out


def test_in_a_pipe_each_thing_has_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    show(Format.TABLE, [{"id": "x" * 200, "state": "failed"}], {"run": "id", "state": "state"})
    assert capsys.readouterr().out.splitlines()[1].split() == ["x" * 200, "✗", "failed"]


def test_scripts_get_json_yaml_or_names(capsys: pytest.CaptureFixture[str]) -> None:
    items = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    show(Format.NAME, items, {})
    assert capsys.readouterr().out == "a\nb\n"
    show(Format.YAML, items, {})
    assert capsys.readouterr().out == "- id: a\n  n: 1\n- id: b\n  n: 2\n"
    show(Format.JSON, items[0], {})
    assert capsys.readouterr().out == '{\n  "id": "a",\n  "n": 1\n}\n'


def test_cells_descend_and_fold() -> None:
    item = {"a": {"b": "c"}, "counts": {"failed": 1, "skipped": 2}}
    assert cell(item, "a.b") == "c"
    assert cell(item, "a.x.y") == ""
    assert cell(item, "counts") == "1 failed 2 skipped"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.04, "0.0 s"), (12.4, "12 s"), (61, "1 min 01 s"), (3700, "1 h 01 min")]
)
def test_durations_are_said_in_words(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
