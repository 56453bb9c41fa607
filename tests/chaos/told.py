"""What the schedulers say, held against what is stored at that moment: nothing is told that is not true for ever."""

from __future__ import annotations

from collections.abc import Sequence

from plynx_common.domain.node_run import TERMINAL, NodeState
from plynx_common.domain.run import TERMINAL as RUN_TERMINAL
from plynx_common.domain.tokens import claim_id_hash
from plynx_common.interfaces.bus import Outgoing
from plynx_common.interfaces.documents import CompareAndSet, Outcome, Write
from plynx_common.messages.base import Message
from plynx_common.messages.nodes import AttemptClosed, ClaimDeclined, HeartbeatAnswer, NodeCancel, NodeGranted
from plynx_common.messages.runs import RunChanged
from plynx_common.testing.invariants import Watch, must

RULE = "told"
"""Rules 1 and 2 of the protocol's chapter 3: stored before followed, and only lasting truths end an attempt."""


class Listener:
    """Hears every message when it is sent, also those that are lost on their way."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.announced: dict[str, int] = {}
        """The newest `seq` of each run that was published."""

    def hear(self, outgoing: Outgoing) -> None:
        message = outgoing.message
        for attempt in _told_over(message):
            self._is_over(attempt)
        for attempt in _told_to_end(message):
            self._is_to_end(attempt)
        if isinstance(message, NodeGranted):
            self._is_granted(message)
        elif isinstance(message, RunChanged):
            self._is_so(message)

    def note(self, batch: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
        """A run's mark comes off only when its last change was published."""
        for write, told in zip(batch, outcomes, strict=True):
            if told is Outcome.STORED and isinstance(write, CompareAndSet) and write.set.get("unannounced") is False:
                self._is_announced(write.id)

    def check_end(self) -> None:
        """I11: of each run the last change was published, whoever heard of it."""
        for id in self._watch.runs:
            self._is_announced(id)

    def _is_announced(self, run: str) -> None:
        seq, told = self._watch.runs[run]["seq"], self.announced.get(run)
        must(told == seq, "I11", run, f"is at seq {seq}, and was announced up to {told}")

    def _is_granted(self, granted: NodeGranted) -> None:
        grant = granted.grant
        attempt = f"{grant.run}/{grant.node}/{grant.attempt}"
        holder = self._watch.claims.get(attempt)
        must(holder == claim_id_hash(granted.claim_id), RULE, attempt, "a claim was told of a grant that is not stored")

    def _is_so(self, fact: RunChanged) -> None:
        run = self._watch.runs[fact.run]
        must(fact.seq <= run["seq"], RULE, fact.run, f"seq {fact.seq} was announced, and {run['seq']} is stored")
        is_end = fact.state in RUN_TERMINAL
        must(not is_end or fact.state == run["state"], RULE, fact.run, f"was announced as {fact.state}")
        self.announced[fact.run] = max(fact.seq, self.announced.get(fact.run, 0))

    def _is_over(self, attempt: str) -> None:
        must(self._has_ended(attempt), RULE, attempt, f"was told to be over: {self._words(attempt)}")

    def _is_to_end(self, attempt: str) -> None:
        node = self._watch.nodes.get(attempt.rpartition("/")[0])
        is_cancelling = node is not None and node["state"] == NodeState.CANCELLING
        must(is_cancelling or self._has_ended(attempt), RULE, attempt, f"was told to end: {self._words(attempt)}")

    def _has_ended(self, attempt: str) -> bool:
        """What can never become untrue; a run that nobody has stored included."""
        node_run, _, number = attempt.rpartition("/")
        run = self._watch.runs.get(node_run.partition("/")[0])
        if run is None or run["state"] in RUN_TERMINAL:
            return True
        node = self._watch.nodes.get(node_run)
        if node is None:
            return False
        is_newer = node["attempt"] > int(number) or node["closed_attempt"] >= int(number)
        return is_newer or NodeState(node["state"]) in TERMINAL

    def _words(self, attempt: str) -> str:
        node = self._watch.nodes.get(attempt.rpartition("/")[0])
        if node is None:
            return "its node run is not stored"
        return f"{node['state']} at attempt {node['attempt']}, closed up to {node['closed_attempt']}"


def _told_over(message: Message) -> tuple[str, ...]:
    match message:
        case HeartbeatAnswer(stop=stop, closed=closed):
            return (*stop, *closed)
        case (
            AttemptClosed(attempt=attempt)
            | NodeGranted(closed=str() as attempt)
            | ClaimDeclined(closed=str() as attempt)
        ):
            return (attempt,)
        case _:
            return ()


def _told_to_end(message: Message) -> tuple[str, ...]:
    match message:
        case HeartbeatAnswer(cancel=attempts):
            return attempts
        case NodeCancel(attempt=attempt):
            return (attempt,)
        case _:
            return ()
