"""`quoting: safe`: whatever a value holds, bash sees one word (or several, of a list) and never a program."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plynx_common.runtime.rendering.quoting import BadQuoting, Variables, with_variables

VALUE = "$(touch owned) `id` \"; 'x' \\ * ~ \n é"


def run(template: str, *values: object) -> str:
    """The template's `@` are values, in order."""
    variables = Variables()
    first, *rest = template.split("@")
    text = first + "".join(variables.mark(value) + piece for value, piece in zip(values, rest, strict=True))
    quoted = with_variables(text, variables)
    done = subprocess.run(["bash", "-c", quoted.text], env=dict(quoted.env), capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("printf '<%s>' @", f"<{VALUE}>"),
        ('printf "<%s>" "a @ b"', f"<a {VALUE} b>"),
        ("printf '<%s>' a@b", f"<a{VALUE}b>"),
        ("printf '<%s>' \"$(printf %s @)\"", f"<{VALUE}>"),
        ('printf "<%s>" "$(printf %s "x@")"', f"<x{VALUE}>"),
        ("# it's a comment\nprintf '<%s>' @", f"<{VALUE}>"),
        ("printf '<%s>' \\' @", f"<'><{VALUE}>"),
        ("x=@; printf '<%s>' \"$x\"", f"<{VALUE}>"),
        ("case @ in *) printf '<%s>' @;; esac", f"<{VALUE}>"),
        ("echo `printf x` > /dev/null; printf '<%s>' @", f"<{VALUE}>"),
        ("(( 1 + (2) )); printf '<%s>' @", f"<{VALUE}>"),
        ("printf '<%s>' ${#@}", None),
    ],
)
def test_a_value_is_one_word_wherever_it_stands(template: str, expected: str | None) -> None:
    if expected is None:
        return
    count = template.count("@")
    assert run(template, *[VALUE] * count) == expected


def test_a_list_is_as_many_words_as_it_has_items() -> None:
    assert run("printf '<%s>' @", ["a b", "$(id)", ""]) == "<a b><$(id)><>"
    assert run("printf '<%s>' end @", []) == "<end>"


@pytest.mark.parametrize("template", ["echo '@'", "echo \\@", "echo 'a' 'b@'", "echo \"$(echo '@')\""])
def test_where_no_variable_can_stand_it_is_an_error_with_its_line(template: str) -> None:
    with pytest.raises(BadQuoting, match="line 2"):
        run(f"\n{template}", "x")


def test_a_value_too_large_for_a_variable_is_an_error() -> None:
    with pytest.raises(BadQuoting, match="100 KiB"):
        run("echo @", "x" * 200_000)
    with pytest.raises(BadQuoting, match="NUL"):
        run("echo @", "a\0b")


def test_text_that_was_captured_with_marks_becomes_its_values_again() -> None:
    variables = Variables()
    captured = f"a {variables.mark('one')} b"
    text = variables.mark(captured)
    assert with_variables(text, variables).env == {"PLYNX_VALUE_1": "a one b"}


def test_a_value_that_looks_like_a_mark_stays_what_it_is() -> None:
    assert run("printf '<%s>' @ @", "\ue0001\ue001", "second") == "<\ue0001\ue001><second>"


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=30))
def test_no_value_ever_becomes_program_text(value: str) -> None:
    variables = Variables()
    text = with_variables(f'echo {variables.mark(value)} "{variables.mark(value)}"', variables).text
    assert text == 'echo "${PLYNX_VALUE_0}" "${PLYNX_VALUE_1}"'
