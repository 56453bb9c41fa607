"""Each safeguard that is switched off is missed: a simulation that does not see its absence proves nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.chaos.mutants import MUTANTS, mutated
from tests.chaos.swarm import play
from tests.chaos.test_simulation import SEEDS

CAUGHT_BY = {
    "claims_start_again": 26,
    "doubt_ends_attempts": 26,
    "facts_are_told_once": 1,
    "failures_stay_open": 2,
    "fence_is_off": 38,
    "hints_are_rung_once": 125,
    "hits_are_not_verified": 10,
    "leases_run_by_the_clock": 0,
    "marks_come_off_blindly": 11,
    "marks_come_off_unpublished": 19,
    "misses_are_taken_for_stored": 26,
    "partitions_are_not_taken_over": 4,
    "producers_are_not_awaited": 1,
    "results_are_closed_unstored": 0,
    "results_are_sent_once": 2,
    "reused_results_rest_on_nothing": 10,
    "runs_do_not_wait_for_their_cache": 0,
    "runs_close_with_their_last_node": 0,
    "sweep_is_off": 1,
    "terminal_is_not_final": 0,
    "told_before_stored": 2,
    "unknown_is_taken_for_stored": 46,
    "unknown_results_are_refused": 38,
    "writes_are_blind": 26,
}
"""The seed that is tried first. Where a change of the code has made another story of it, the others are tried too."""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_what_is_switched_off_is_missed_within_the_seeds_of_the_tests(mutant: str):
    seeds = (CAUGHT_BY[mutant], *range(SEEDS))
    assert _first_caught(mutant, seeds) is not None, f"no seed sees {mutant}: {MUTANTS[mutant].__doc__}"


def _first_caught(mutant: str, seeds: Iterable[int]) -> int | None:
    for seed in seeds:
        try:
            with mutated(mutant):
                play(seed)
        except AssertionError:
            return seed
    return None
