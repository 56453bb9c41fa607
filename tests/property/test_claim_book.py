"""Whatever answers come, in any order, however often or late: a claim starts at most one attempt, once."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from plynx_worker.claims import REMEMBERED_FOR, STALE_AFTER, ClaimBook, Fate, Verdict

CLAIMS = ("a", "b", "c")
STARTS = (Verdict.START, Verdict.START_ONCE_HEARD)

Step = tuple[str, str, bool, float]
"""What happens, to which claim, whether there is room, and how many seconds later."""

steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["ask", "give up", "grant", "settle", "forget"]),
        st.sampled_from(CLAIMS),
        st.booleans(),
        st.sampled_from([0.0, 0.1, 1.5, 5.0, 13.0, 15.0, 300.0, 601.0]),
    ),
    max_size=60,
)


@dataclass
class Played:
    """A book after some steps, and what the world saw of it."""

    book: ClaimBook = field(default_factory=ClaimBook)
    now: float = 0.0
    asked_at: dict[str, float] = field(default_factory=dict[str, float])
    started: list[str] = field(default_factory=list[str])
    live: dict[str, None] = field(default_factory=dict[str, None])
    """Started, and not settled: its attempt is not known to be closed."""
    verdicts: list[tuple[str, bool, Verdict, Fate | None]] = field(
        default_factory=list[tuple[str, bool, Verdict, Fate | None]]
    )

    def play(self, step: Step) -> None:
        what, claim, has_room, later = step
        self.now += later
        match what:
            case "ask" if claim not in self.asked_at:
                self.book.ask(claim, self.now)
                self.asked_at[claim] = self.now
            case "give up":
                self.book.give_up(claim, self.now)
            case "grant":
                self._grant(claim, has_room=has_room)
            case "settle":
                self.book.settle(claim, self.now)
                self.live.pop(claim, None)
            case _:
                self.book.forget_old(self.now)

    def _grant(self, claim: str, *, has_room: bool) -> None:
        before = self.book.fate(claim)
        verdict = self.book.grant(claim, self.now, has_room=has_room)
        self.verdicts.append((claim, has_room, verdict, before))
        if verdict in STARTS:
            self.started.append(claim)
            self.live[claim] = None
            is_stale = self.now - self.asked_at[claim] > STALE_AFTER
            assert (verdict is Verdict.START_ONCE_HEARD) == is_stale


def played(story: list[Step]) -> Played:
    result = Played()
    for step in story:
        result.play(step)
        if result.live:
            assert all(result.book.fate(claim) is Fate.TAKEN for claim in result.live), "forgotten while it runs"
    return result


@given(steps)
def test_a_claim_starts_at_most_once(story: list[Step]) -> None:
    started = played(story).started
    assert len(started) == len(dict.fromkeys(started))


@given(steps)
def test_only_claims_asked_or_given_up_start_and_only_with_room(story: list[Step]) -> None:
    for _, has_room, verdict, before in played(story).verdicts:
        may_start = before in (Fate.ASKED, Fate.GIVEN_UP) and has_room
        assert (verdict in STARTS) == may_start
        if not may_start:
            assert verdict is (Verdict.IGNORE if before is Fate.TAKEN else Verdict.RELEASE)


@given(steps)
def test_what_is_settled_is_forgotten_after_ten_minutes_and_not_before(story: list[Step]) -> None:
    result = played(story)
    for claim in CLAIMS:
        result.book.give_up(claim, result.now)
        result.book.settle(claim, result.now)
    known = len(result.book)
    result.book.forget_old(result.now + REMEMBERED_FOR - 1)
    assert len(result.book) <= known
    for claim in result.live:
        assert result.book.fate(claim) is Fate.TAKEN
    result.book.forget_old(result.now + REMEMBERED_FOR + 1)
    assert len(result.book) == 0


def test_a_grant_of_a_given_up_claim_that_was_released_keeps_being_released() -> None:
    book = ClaimBook()
    book.ask("a", 0.0)
    book.give_up("a", 1.5)
    assert book.grant("a", 2.0, has_room=False) is Verdict.RELEASE
    assert book.grant("a", 3.0, has_room=True) is Verdict.RELEASE
    book.settle("a", 4.0)
    book.forget_old(601.6)
    assert book.fate("a") is Fate.RELEASED, "settled at 4 s, not at 1.5 s"


def test_a_repeat_of_what_runs_for_hours_is_ignored() -> None:
    book = ClaimBook()
    book.ask("a", 0.0)
    book.grant("a", 1.0, has_room=True)
    book.forget_old(36_000.0)
    assert book.grant("a", 36_000.0, has_room=True) is Verdict.IGNORE
