"""Graph files that know which saved graph they are, and what the end of a file's name says of its type."""

from __future__ import annotations

from pathlib import Path

import pytest

from plynx.cli import exits
from plynx.cli.graph_files import Mark, mark_of, set_mark, write, write_graph
from plynx.uploading import digest_of_file, hashed, type_of
from plynx_common.domain.graph_yaml import parse_yaml


def test_a_pulled_file_knows_its_graph_and_stays_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "g.yaml"
    write_graph(file, Mark("graph-abc", 3), {"title": "x"})
    assert mark_of(file) == Mark("graph-abc", 3)
    assert parse_yaml(file.read_text(encoding="utf-8")) == {"title": "x"}
    file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    set_mark(file, Mark("graph-abc", 4))
    assert file.read_text(encoding="utf-8") == "# plynx graph graph-abc revision 4\ntitle: x\n# mine\n"


def test_files_of_somebody_else_have_no_mark_and_json_gets_none(tmp_path: Path) -> None:
    file = tmp_path / "g.json"
    write(file, "{}")
    set_mark(file, Mark("graph-abc", 1))
    assert (mark_of(file), file.read_text(encoding="utf-8")) == (None, "{}")
    plain = tmp_path / "g.yaml"
    write(plain, "# plynx graph\ntitle: x\n")
    assert mark_of(plain) is None
    with pytest.raises(exits.Exit, match="cannot be read"):
        mark_of(tmp_path / "none.yaml")
    with pytest.raises(exits.Exit, match="cannot be written"):
        write(tmp_path / "none" / "g.yaml", "")


@pytest.mark.parametrize(
    ("name", "type"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.png", "image"), ("a.zip", "file"), ("a.txt", "text"), ("a", "file")],
)
def test_the_end_of_a_name_says_the_type(name: str, type: str) -> None:
    assert type_of(Path(name)) == type


def test_a_file_is_hashed_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"hello")
    local = hashed(file, "text")
    assert local.entry == {
        "digest": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "size": 5,
        "type": "text",
    }
    with file.open("rb") as opened:
        assert digest_of_file(opened) == (local.digest, 5)
