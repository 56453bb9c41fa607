"""Known ranges of a stream behave like the set of their bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plynx_storage.intervals import Intervals

RANGE = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(RANGE, max_size=12), RANGE)
def test_intervals_are_the_set_of_their_bytes(added: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    intervals, model = Intervals(), set[int]()
    for start, end in added:
        missing = intervals.missing(start, end)
        assert {byte for low, high in missing for byte in range(low, high)} == set(range(start, end)) - model
        intervals.add(start, end)
        model |= set(range(start, end))
    assert intervals.end == max(model, default=-1) + 1
    holes = intervals.holes()
    assert {byte for low, high in holes for byte in range(low, high)} == set(range(intervals.end)) - model
    assert holes == sorted(holes)
    assert all(low < high for low, high in holes)
    assert {byte for low, high in intervals.missing(*asked) for byte in range(low, high)} == set(range(*asked)) - model
