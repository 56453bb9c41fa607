"""Times, canonical JSON, digests and bytes as text."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.values import canonical_json, digest_of, parse_timestamp, timestamp, to_bytes, to_text


def test_a_timestamp_is_utc_with_microseconds_and_z_also_when_there_are_none() -> None:
    assert timestamp(datetime(2026, 11, 23, 8, 15, tzinfo=UTC)) == "2026-11-23T08:15:00.000000Z"


def test_a_timestamp_of_another_zone_is_turned_to_utc() -> None:
    moment = datetime(2026, 1, 1, 0, 30, 0, 7, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(moment) == "2025-12-31T23:30:00.000007Z"


def test_a_naive_time_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)


def test_the_order_of_timestamps_is_the_order_of_times() -> None:
    start = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    moments = [start + timedelta(microseconds=step) for step in (0, 1, 2, 10**6)]
    assert sorted(timestamp(moment) for moment in moments) == [timestamp(moment) for moment in moments]


@pytest.mark.parametrize("text", ["2026-11-23T08:15:00Z", "2026-11-23T09:15:00+01:00", "2026-11-23T08:15:00.000000Z"])
def test_every_rfc_3339_time_can_be_read(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"), [("yesterday", "'yesterday' is no time"), ("2026-11-23T08:15:00", "has no offset")]
)
def test_other_texts_are_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_timestamp(text)


def test_canonical_json_is_that_of_the_example_in_rfc_8785() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json(value) == expected.encode()


def test_keys_are_sorted_by_utf_16_code_units_as_in_rfc_8785() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    in_order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    found = canonical_json(dict.fromkeys(keys, 0)).decode()
    assert found == "{" + ",".join(('"\\r"' if key == "\r" else f'"{key}"') + ":0" for key in in_order) + "}"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999900000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
    ],
)
def test_numbers_are_those_of_appendix_b_of_rfc_8785(number: float, text: str) -> None:
    assert canonical_json(number).decode() == text


def test_tuples_are_arrays() -> None:
    assert canonical_json({"a": (1, (2,))}) == b'{"a":[1,[2]]}'


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, {1: 2}, "\ud800", {"\ud800": 1}, object(), b"x"])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="has no canonical JSON"):
        canonical_json(value)


def test_a_digest_is_sha_256_in_hex() -> None:
    assert digest_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_any_bytes_travel_as_text_of_the_same_length() -> None:
    every = bytes(range(256))
    assert len(to_text(every)) == 256
    assert to_bytes(to_text(every)) == every


def test_text_that_came_from_no_bytes_is_refused() -> None:
    with pytest.raises(InvalidInput, match="stands for no byte"):
        to_bytes("€")
