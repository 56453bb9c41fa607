"""Artifact types: which output fits which input, and scalars read from text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plynx_common.domain.errors import InvalidInput, Misconfigured
from plynx_common.domain.types import TYPES, ArtifactType, accepts, content_type_of, parse_scalar, register_type

FILE_LIKE = [
    "file", "json", "csv", "tsv", "text", "image", "pdf", "html", "executable", "directory", "cloud-storage", "parquet",
    "model", "metrics",
]  # fmt: skip
SCALARS = ["int", "float", "str", "bool"]


@pytest.fixture(autouse=True)
def types_as_they_were() -> Iterator[None]:
    before = dict(TYPES)
    yield
    TYPES.clear()
    TYPES.update(before)


def test_all_types_of_the_design_are_known() -> None:
    assert set(TYPES) == {*FILE_LIKE, *SCALARS}


@pytest.mark.parametrize("name", FILE_LIKE)
def test_every_file_like_type_is_accepted_where_file_is_asked(name: str) -> None:
    assert accepts(["file"], name)


@pytest.mark.parametrize("name", SCALARS)
def test_scalars_are_no_files(name: str) -> None:
    assert not accepts(["file"], name)
    assert accepts([name], name)


def test_a_file_is_not_accepted_where_more_is_asked() -> None:
    assert not accepts(["csv"], "file")
    assert not accepts(["csv"], "tsv")


def test_any_of_several_types_is_accepted() -> None:
    assert accepts(["tsv", "csv"], "csv")


def test_a_whole_number_is_a_number_and_not_the_reverse() -> None:
    assert accepts(["float"], "int")
    assert not accepts(["int"], "float")


def test_an_unknown_type_is_accepted_nowhere() -> None:
    assert not accepts(["file", "cvs"], "cvs")


def test_a_plugin_adds_a_type_that_is_a_file_too() -> None:
    register_type(ArtifactType("arrow", "application/vnd.apache.arrow.file", ".arrow"))
    assert accepts(["file"], "arrow")
    assert content_type_of("arrow") == "application/vnd.apache.arrow.file"


def test_two_plugins_cannot_declare_one_type_differently() -> None:
    register_type(ArtifactType("arrow", "application/a"))
    register_type(ArtifactType("arrow", "application/a"))
    with pytest.raises(Misconfigured, match="type 'arrow' is declared twice"):
        register_type(ArtifactType("arrow", "application/b"))


def test_a_plugin_cannot_use_a_name_that_is_none() -> None:
    with pytest.raises(Misconfigured, match="'Bad Name'"):
        register_type(ArtifactType("Bad Name", "application/a"))


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [
        ("int", " 42\n", 42),
        ("int", "-7", -7),
        ("float", "1e-3\n", 0.001),
        ("float", "3", 3.0),
        ("float", "-inf", float("-inf")),
        ("bool", "True\n", True),
        ("bool", "0", False),
        ("str", "two\nlines\n", "two\nlines"),
        ("str", "\n", ""),
        ("str", "windows\r\n", "windows"),
    ],
)
def test_scalars_are_read_from_what_scripts_print(type_name: str, text: str, value: object) -> None:
    found = parse_scalar(type_name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_name", "text", "reason"),
    [
        ("int", "4.5", "'4.5' is no int: expected a whole number"),
        ("int", "1_000", "expected a whole number"),
        ("int", "", "'' is no int"),
        ("float", "a lot", "'a lot' is no float: expected a number"),
        ("bool", "yes", "'yes' is no bool: expected true or false"),
        ("csv", "a,b", "type 'csv' is no scalar"),
    ],
)
def test_what_holds_no_scalar_is_refused_by_name(type_name: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_scalar(type_name, text)
