"""From a pending run to its node runs (T1): insert-only, repeatable, in slices."""

from __future__ import annotations

from dataclasses import replace

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.domain.node_run import NodeRun, NodeState
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.artifacts import ArtifactsVerified, ArtifactsVerify
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.plan import NodePlan
from plynx_scheduler.round import Round

FILES_REF = "files/"
ASKED_AGAIN_AFTER = 5.0
"""Seconds without an answer about the artifacts of file nodes."""


def expand(round: Round, open_run: OpenRun) -> bool:
    """Plans the next slice; False: the artifacts of its files are asked for first."""
    if open_run.plan.files and not open_run.files_verified:
        _verify_files(round, open_run)
        return False
    for plan in open_run.plan.nodes.values():
        if round.is_full:
            break
        if plan.id not in open_run.nodes:
            round.insert(open_run, _node_run(round, open_run, plan))
    return True


def note_verified(open_run: OpenRun, answer: ArtifactsVerified) -> None:
    """An error of the object store is no answer: the sweep asks again."""
    if answer.error is None:
        open_run.files_verified = True
        open_run.files_absent = frozenset(answer.absent)


def _verify_files(round: Round, open_run: OpenRun) -> None:
    asked_at = open_run.files_asked_at
    if asked_at is not None and round.monotonic - asked_at < ASKED_AGAIN_AFTER:
        return
    open_run.files_asked_at = round.monotonic
    message = ArtifactsVerify(ref=f"{FILES_REF}{open_run.id}", team=open_run.run.team, digests=open_run.plan.files)
    round.outgoing.append(Outgoing(message, routes.STORAGE, routes.VERIFY_KEY, reply_to=round.core.own_queue))


def _node_run(round: Round, open_run: OpenRun, plan: NodePlan) -> NodeRun:
    run = open_run.run
    waiting = NodeRun(run=run.id, node=plan.id, team=run.team, pool=plan.pool, v=1)
    artifact = plan.operation.artifact
    if not plan.is_file or artifact is None:
        return waiting
    if artifact.digest in open_run.files_absent:
        failure = Failure(
            FailureKind.INPUT_MISSING,
            f"the artifact of file '{plan.node.operation}' ({artifact.digest}) is gone; upload the file again",
            retryable=False,
        )
        return replace(waiting, state=NodeState.FAILED, failure=failure, reason=failure.message, finished_at=round.now)
    outputs = {output.name: artifact.model_dump() for output in plan.operation.outputs}
    return replace(
        waiting,
        finished_at=round.now,
        state=NodeState.RESTORED,
        result={"outputs": outputs},
        restored_from={"file": plan.node.operation},
    )
