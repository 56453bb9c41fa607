"""What a worker gets with a granted attempt: everything it needs, and the token of what the attempt may do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from plynx_common.domain.bindings import bound_output
from plynx_common.domain.node_run import NodeRun
from plynx_common.domain.tokens import AttemptToken
from plynx_common.messages.nodes import Grant, InputArtifact
from plynx_scheduler.open_run import OpenRun
from plynx_scheduler.plan import NodePlan
from plynx_scheduler.restoring import inputs_of, output_of

if TYPE_CHECKING:
    from plynx_scheduler.core import Core

TOKEN_LIFE = timedelta(minutes=15)
TOKEN_RENEWED_AFTER = 300.0
"""Seconds of a token's life after which a heartbeat is answered with a new one."""


def make_grant(core: Core, open_run: OpenRun, node: NodeRun) -> Grant:
    plan = open_run.plan.nodes[node.node]
    inputs = {
        name: [InputArtifact.model_construct(**artifact) for artifact in artifacts]
        for name, artifacts in inputs_of(open_run, plan).items()
    }
    return Grant.model_construct(
        run=node.run,
        node=node.node,
        attempt=node.attempt,
        team=node.team,
        pool=node.pool,
        partition=open_run.run.partition,
        operation=plan.document,
        operation_digest=plan.operation_digest,
        parameters=_parameters(open_run, plan),
        inputs=inputs,
        token=attempt_token(core, open_run, node),
        single_inputs=tuple(port.name for port in plan.operation.inputs if port.is_single),
    )


def attempt_token(core: Core, open_run: OpenRun, node: NodeRun) -> str:
    plan = open_run.plan.nodes[node.node]
    reads = {artifact["digest"]: None for found in inputs_of(open_run, plan).values() for artifact in found}
    for value in plan.node.parameters.values():
        source = bound_output(value)
        if source is not None:
            reads[output_of(open_run, *source)["digest"]] = None
    token = AttemptToken(node.team, node.run, node.node, node.attempt, node.claim_id_hash or "", tuple(reads))
    return token.sign(core.signer, expires_at=core.clock.now() + TOKEN_LIFE)


def _parameters(open_run: OpenRun, plan: NodePlan) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in plan.node.parameters.items():
        source = bound_output(value)
        found[name] = value if source is None else {"$artifact": output_of(open_run, *source)}
    return found
