"""From a pending run to its node runs (T1): insert-only, repeatable, in slices."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_scheduler import reusing
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.plan import NodePlan
from plynx_scheduler.restoring import VERIFY_LIMIT
from plynx_scheduler.round import Round

FILES_REF = "files/"
ASKED_AGAIN_AFTER = 5.0
"""Seconds without an answer about the artifacts that a run begins with."""


def expand(round: Round, open_run: OpenRun) -> bool:
    """Plans the next slice; False: what the run begins with is read, or asked for, first."""
    beginning = open_run.beginning
    if beginning.unread:
        round.origins[open_run.id] = open_run
        return False
    if beginning.unverified:
        _verify(round, open_run)
        return False
    for plan in open_run.plan.nodes.values():
        if round.is_full:
            break
        if plan.id not in open_run.nodes and reusing.may_be_planned(open_run, plan):
            round.insert(open_run, _node_run(round, open_run, plan))
    return True


def note_verified(round: Round, answer: ArtifactsVerified) -> OpenRun | None:
    """The run that can go on; an error of the object store is no answer: the sweep asks again."""
    open_run = round.core.memory.open.get(answer.ref.rpartition("/")[2])
    if open_run is None or open_run.is_expanded or answer.error is not None:
        return None
    beginning = open_run.beginning
    for digest in beginning.asked.pop(answer.ref, ()):
        beginning.unverified.pop(digest, None)
    beginning.absent.update(answer.absent)
    return None if beginning.unverified else open_run


def _verify(round: Round, open_run: OpenRun) -> None:
    beginning = open_run.beginning
    asked_at = beginning.asked_at
    if asked_at is not None and round.monotonic - asked_at < ASKED_AGAIN_AFTER:
        return
    beginning.asked_at = round.monotonic
    beginning.asked.clear()
    digests = tuple(beginning.unverified)
    for start in range(0, len(digests), VERIFY_LIMIT):
        ref = f"{FILES_REF}{round.core.ids.new('v-')}/{open_run.id}"
        part = beginning.asked[ref] = digests[start : start + VERIFY_LIMIT]
        message = ArtifactsVerify(ref=ref, team=open_run.run.team, digests=part)
        round.outgoing.append(Outgoing(message, routes.STORAGE, routes.VERIFY_KEY, reply_to=round.core.own_queue))


def _node_run(round: Round, open_run: OpenRun, plan: NodePlan) -> NodeRun:
    run = open_run.run
    waiting = NodeRun(run=run.id, node=plan.id, team=run.team, pool=plan.pool, v=1)
    restored = partial(replace, waiting, state=NodeState.RESTORED, finished_at=round.now)
    artifact = plan.operation.artifact
    if not plan.is_file or artifact is None:
        taken = reusing.taken(open_run, plan)
        return waiting if taken is None else restored(result={"outputs": taken.outputs}, restored_from=taken.origin)
    if artifact.digest in open_run.beginning.absent:
        failure = Failure(
            FailureKind.INPUT_MISSING,
            f"the artifact of file '{plan.node.operation}' ({artifact.digest}) is gone; upload the file again",
            retryable=False,
        )
        return replace(waiting, state=NodeState.FAILED, failure=failure, reason=failure.message, finished_at=round.now)
    outputs = {output.name: artifact.model_dump() for output in plan.operation.outputs}
    return restored(result={"outputs": outputs}, restored_from={"file": plan.node.operation})
