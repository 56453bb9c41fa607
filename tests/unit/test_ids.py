"""Composed names: a pool is the same, whether its team stands before it or not."""

from __future__ import annotations

import pytest

from plynx_common.domain.ids import pool_name


@pytest.mark.parametrize(
    ("pool", "name"),
    [
        ("", "vision/default"),
        ("gpu", "vision/gpu"),
        ("vision/gpu", "vision/gpu"),
        ("vision", "vision/vision"),
        ("audio/gpu", "vision/audio/gpu"),
    ],
)
def test_a_pool_of_the_team_has_one_full_name_and_one_of_another_team_is_not_reached(pool: str, name: str) -> None:
    assert pool_name("vision", pool) == name
