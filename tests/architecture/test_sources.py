"""The architecture tests see what they claim to see."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.architecture.sources import Source, Violation, assert_none, functions, names_used
from tests.architecture.test_sizes import complexity, length, parameters


def source(text: str) -> Source:
    text = dedent(text)
    return Source("somewhere.py", text, ast.parse(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import time\ntime.sleep(1)", "time.sleep"),
        ("import time as t\nt.sleep(1)", "time.sleep"),
        ("from time import sleep as nap\nnap(1)", "time.sleep"),
        ("from datetime import datetime\nfield(default_factory=datetime.now)", "datetime.datetime.now"),
        ("import unittest.mock\nunittest.mock.patch('a')", "unittest.mock.patch"),
    ],
)
def test_a_name_is_seen_through_every_form_of_import(text: str, name: str) -> None:
    assert name in [used for used, _ in names_used(source(text))]


def test_an_attribute_of_something_else_is_not_taken_for_a_module() -> None:
    assert not list(names_used(source("clock.sleep(1)\nself.time.time()")))


def test_complexity_counts_each_branch_once() -> None:
    (_, function), *_ = functions(
        source("""
            def decide(things):
                for thing in things:  # 2
                    if thing:  # 3
                        pass
                    elif not thing:  # 4
                        pass
                try:
                    pass
                except ValueError:  # 5
                    pass
                match things:
                    case []:  # 6
                        pass
                    case _:
                        pass
                def inner():
                    if things:
                        pass
        """)
    )
    assert complexity(function) == 6


def test_docstrings_and_self_do_not_count() -> None:
    (name, function), *_ = functions(
        source('''
            class Thing:
                def do(self, a, /, b, *args, c, **options):
                    """Long

                    story.
                    """
                    return a
        ''')
    )
    assert (name, length(function), parameters(function)) == ("Thing.do", 2, 5)


def test_an_exception_excuses_what_it_names_and_must_be_needed() -> None:
    found = [Violation("a.py::f", 3, "too long")]
    assert_none(found, {"a.py::*": "a reason"}, "shorten:")
    with pytest.raises(AssertionError, match=r"a\.py:3: f: too long"):
        assert_none(found, {}, "shorten:")
    with pytest.raises(AssertionError, match="nothing needs"):
        assert_none([], {"a.py::*": "a reason"}, "shorten:")
