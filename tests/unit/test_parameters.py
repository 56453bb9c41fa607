"""Parameter types (A4): what they take, what they make of it, what they refuse and how they say so."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.domain.operation import Parameter
from plynx_common.domain.parameters import PARAMETER_TYPES, BadValue, coerce, default_of, from_text, may_be_bound


def a(type_name: str, **fields: Any) -> Parameter:
    return Parameter(name="p", type=type_name, **fields)


def test_all_types_of_the_design_are_known() -> None:
    assert set(PARAMETER_TYPES) == {
        "int", "float", "str", "bool", "text", "enum", "list_int", "list_float", "list_str", "code", "json", "date",
        "secret", "color",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        (a("int"), 3, 3),
        (a("int"), "3", 3),
        (a("int"), 3.0, 3),
        (a("float"), 3, 3.0),
        (a("float"), "1e-3", 0.001),
        (a("str"), "ü", "ü"),
        (a("bool"), True, True),
        (a("bool"), "false", False),
        (a("text"), "two\nlines", "two\nlines"),
        (a("enum", choices=("gini", "entropy")), "entropy", "entropy"),
        (a("list_int"), [1, "2", 3.0], [1, 2, 3]),
        (a("list_int"), "[1, 2]", [1, 2]),
        (a("list_float"), (1, 0.5), [1.0, 0.5]),
        (a("list_str"), ["a", ""], ["a", ""]),
        (a("list_str"), [], []),
        (a("code"), "print(1)", "print(1)"),
        (a("json"), {"a": [1, None]}, {"a": [1, None]}),
        (a("json"), "text", "text"),
        (a("date"), "2026-11-23", "2026-11-23"),
        (a("secret"), "AWS_KEY", "AWS_KEY"),
        (a("color"), "#ABC", "#aabbcc"),
        (a("color"), "#1E90FF", "#1e90ff"),
    ],
)
def test_a_value_is_brought_into_its_normal_form(parameter: Parameter, given: object, expected: object) -> None:
    found = coerce(parameter, given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("parameter", "given", "reason"),
    [
        (a("int"), "many", "expected a whole number, such as 42, got the text 'many'"),
        (a("int"), 2.5, "expected a whole number, got the number 2.5"),
        (a("int"), True, "expected a whole number, got true"),
        (a("int"), None, "got null"),
        (a("int"), 2**53, "within ±9007199254740991"),
        (a("float"), float("nan"), "expected a finite number"),
        (a("float"), False, "expected a number, got false"),
        (a("str"), 12, "expected text, got the number 12: put it in quotes"),
        (a("str"), "a\0b", "NUL"),
        (a("str"), "\udc80", "lone surrogate"),
        (a("bool"), 1, "expected true or false, got the number 1"),
        (a("bool"), "yes", "expected true or false, got the text 'yes'"),
        (a("enum", choices=("a", "b")), "c", "expected one of 'a', 'b', got the text 'c'"),
        (a("list_int"), 1, "expected a list, such as .*, got the number 1"),
        (a("list_int"), [1, "x"], "item 1: expected a whole number"),
        (a("list_int"), "[1", "expected JSON"),
        (a("list_str"), ["a", 2], "item 1: expected text, got the number 2"),
        (a("json"), {"a": float("inf")}, "expected JSON"),
        (a("date"), "23.11.2026", "expected a date such as"),
        (a("color"), "blue", "expected a color such as"),
        (a("secret"), "hunter 2!", "expected the name of a secret"),
        (a("int", min=1), 0, "expected at least 1, got 0"),
        (a("float", max=1), 1.5, "expected at most 1, got 1.5"),
        (a("list_int", max=3), [1, 4], "expected at most 3, got 4"),
        (a("list_int", min_items=2), [1], "expected at least 2 item"),
        (a("list_str", max_items=1), ["a", "b"], "expected at most 1 item"),
        (a("list_str", choices=("a",)), ["a", "b"], "expected one of 'a', got the text 'b'"),
        (a("int", choices=(0, 1)), 2, "expected one of '0', '1'"),
        (a("str", regex="[a-z]+"), "abc1", r"matches '\[a-z\]\+', got the text 'abc1'"),
        (a("str", regex="x*"), "x" * 5000, "expected at most 4096 characters"),
        (a("integer"), 1, "type 'integer' is unknown: expected one of int, float"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(parameter: Parameter, given: object, reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        coerce(parameter, given)


def test_a_secret_that_is_refused_is_not_repeated() -> None:
    with pytest.raises(BadValue) as caught:
        coerce(a("secret"), "hunter 2!")
    assert "hunter" not in str(caught.value)


def test_true_is_not_the_choice_1() -> None:
    with pytest.raises(BadValue, match="expected one of"):
        coerce(a("json", choices=(1,)), value=True)


@pytest.mark.parametrize(
    ("type_name", "empty"),
    [
        ("int", 0), ("float", 0.0), ("str", ""), ("bool", False), ("text", ""), ("list_int", []), ("list_float", []),
        ("list_str", []), ("code", ""), ("json", None), ("date", ""), ("secret", ""), ("color", ""),
    ],
)  # fmt: skip
def test_without_a_default_a_parameter_is_empty_in_its_type(type_name: str, empty: object) -> None:
    assert default_of(a(type_name)) == empty
    assert default_of(a(type_name, min=5, regex="x")) == empty


def test_an_enum_without_a_default_is_its_first_choice() -> None:
    assert default_of(a("enum", choices=("gini", "entropy"))) == "gini"


def test_a_default_is_brought_into_its_normal_form_too() -> None:
    assert default_of(a("float", default="1")) == 1.0


def test_the_default_of_one_node_is_not_that_of_another() -> None:
    first = default_of(a("list_int"))
    first.append(1)
    assert default_of(a("list_int")) == []


@pytest.mark.parametrize(
    ("parameter", "text", "expected"),
    [
        (a("int"), "3", 3),
        (a("str"), "[1]", "[1]"),
        (a("list_float"), "0.1, 0.2", [0.1, 0.2]),
        (a("list_str"), "a,b", ["a", "b"]),
        (a("list_str"), '["a,b"]', ["a,b"]),
        (a("list_int"), "", []),
        (a("json"), '{"a": 1}', {"a": 1}),
    ],
)
def test_people_type_values_as_text(parameter: Parameter, text: str, expected: object) -> None:
    assert from_text(parameter, text) == expected


@pytest.mark.parametrize(
    ("parameter", "source", "fits"),
    [
        ("int", "int", True),
        ("float", "int", True),
        ("int", "float", False),
        ("int", "str", False),
        ("str", "enum", True),
        ("code", "str", True),
        ("secret", "str", False),
        ("str", "secret", False),
        ("json", "list_int", True),
        ("json", "secret", False),
        ("list_float", "list_int", True),
        ("float", "csv", False),
        ("nonsense", "int", False),
    ],
)
def test_only_what_fits_may_be_bound(parameter: str, source: str, *, fits: bool) -> None:
    assert may_be_bound(parameter, source) is fits
