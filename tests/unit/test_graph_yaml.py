"""YAML: read as JSON, with the line of every mistake."""

from __future__ import annotations

import pytest

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.graph_yaml import load_yaml, parse_yaml, to_yaml


def test_scalars_are_those_of_json() -> None:
    text = (
        "{a: yes, b: 2026-11-23, c: 1e-3, d: 012, e: 0x1F, f: ~, g: True, h: '1', i: 1_000, j: 12:30, k: .5, l: , m: -}"
    )
    assert parse_yaml(text.replace(", m: -", "")) == {
        "a": "yes", "b": "2026-11-23", "c": 0.001, "d": 12, "e": 31, "f": None, "g": True, "h": "1", "i": "1_000",
        "j": "12:30", "k": 0.5, "l": None,
    }  # fmt: skip


def test_keys_are_always_text() -> None:
    assert parse_yaml("1: a\ntrue: b\nnull: c") == {"1": "a", "true": "b", "null": "c"}


def test_blocks_and_anchors_are_read() -> None:
    assert parse_yaml("a: &x [1]\nb: *x\nc: |\n  two\n  lines\n") == {"a": [1], "b": [1], "c": "two\nlines\n"}


def test_every_value_has_its_line_and_a_missing_one_that_of_its_surroundings() -> None:
    document = load_yaml("nodes:\n- id: a\n  operation: work\n- id: b\n")
    assert document.line_of("/nodes/0/operation") == 3
    assert document.line_of("/nodes/1/operation") == 4
    assert document.line_of("") == 1
    assert document.line_of("/elsewhere") == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("# only a comment\n", "it is empty"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' stands twice"),
        ("a: [1", "line 2, column 1: did not find expected ',' or ']'|line 1"),
        ("a: b: c", "line 1, column 5: mapping values are not allowed"),
        ("a:\n\t- b", "line 2, column 1: found character that cannot start any token"),
        ("a: 'open", "unexpected end of stream"),
        ("a: *x", "alias '\\*x' has no anchor"),
        ("a: &x [*x]", "alias '\\*x' has no anchor"),
        ("a: 1\n---\nb: 2", "line 2, column 1: it holds a second document"),
        ("? [a]\n: 1", "line 1, column 3: a key is no plain text"),
        ("a: !!python/object/apply:os.system [ls]", "tag 'tag:yaml.org,2002:python/object/apply:os.system'"),
        ("a: !!int x", "'x' does not fit the tag"),
        ("a: \0", "control characters are not allowed"),
        ("- " * 65, "nested more than 64 levels"),
        ("[" * 100_000, "nest"),
        ("9" * 5000, "too many digits: put it in quotes"),
        ("a: 9223372036854775808", "line 1, column 4: number '9223372036854775808' has too many digits"),
        ("a: 0x8000000000000001", "too many digits: put it in quotes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        parse_yaml(text)
    assert caught.value.issues[0].code == "malformed_yaml"


def test_aliases_cannot_explode() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    with pytest.raises(InvalidInput, match="more than 1000000 values"):
        parse_yaml("\n".join(lines))


def test_an_oversized_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidInput, match="expected at most 8388608"):
        parse_yaml("a" * (8 * 1024 * 1024 + 1))


def test_scripts_are_written_as_blocks_and_keys_keep_their_order() -> None:
    assert to_yaml({"z": "set -e\necho hi\n", "a": "yes", "b": "1e3", "c": [1.5, None]}) == (
        "z: |\n  set -e\n  echo hi\na: 'yes'\nb: '1e3'\nc:\n- 1.5\n- null\n"
    )


@pytest.mark.parametrize("text", ["b\u2028c", "b\u0085", "\u2029\n", "two\nlines\u2028"])
def test_line_breaks_of_unicode_are_escaped_because_not_every_reader_takes_them_for_such(text: str) -> None:
    written = to_yaml({"a": text})
    assert written.isascii()
    assert parse_yaml(written) == {"a": text}
