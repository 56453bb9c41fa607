"""Files: stored artifacts as building blocks; their bytes go to the storage service."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from plynx_api.context import ApiContext, Context
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.previews.asking import Asked, preview_of
from plynx_api.previews.models import AnyPreview
from plynx_api.principals import Caller
from plynx_api.revisions import etag
from plynx_api.routes.operations import (
    VERSION,
    OperationView,
    Ref,
    location_of,
    operation_view,
    operations_of,
    place_of,
)
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.access import Principal
from plynx_common.domain.errors import InvalidInput, Issue, NotFound
from plynx_common.domain.issues import has_errors, listed, summary
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.operation import ArtifactRef, Operation, Output
from plynx_common.domain.operation_validation import validate_operation
from plynx_common.domain.scalars import Flag, Whole
from plynx_common.domain.tokens import TransferToken
from plynx_common.repositories.artifacts import Artifacts

router = APIRouter(route_class=GuardedRoute, prefix="/files", tags=["files"])


class Upload(View):
    """For `POST <storage_url>/transfers/uploads`, then `…/commits`, which gives the receipt."""

    token: str
    storage_url: str
    expires_at: datetime


class FileReceipt(BaseModel):
    """Of the storage service: these bytes are stored for this team."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: str
    size: Whole
    type: str
    signature: str


class FileFields(BaseModel):
    """What somebody says of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Of the catalogue, as operations have them.")
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    output: str = Field(default="file", description="Name of its one output.")
    next_version: Flag = Field(
        default=False, description="Of a name that is there: its next version. Without it a taken name is a conflict."
    )


class FileCreate(FileFields):
    receipt: FileReceipt


class Promotion(FileFields):
    """An output of a run that becomes a file."""

    run: str = Field(max_length=200)
    node: str = Field(max_length=63)
    node_output: str = Field(max_length=64, description="Name of the node's output.")


@router.post("/uploads", status_code=201)
async def start_file_upload(context: Context, caller: Caller) -> Upload:
    """The right to upload into the team for a while."""
    expires_at = context.backends.clock.now() + context.settings.upload_lifetime
    token = TransferToken(caller.team, caller.id, may_upload=True).sign(context.signer, expires_at=expires_at)
    return Upload(token=token, storage_url=context.settings.transfer_url, expires_at=expires_at)


@router.get("")
async def list_files(context: Context, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[OperationView]:
    """Latest change first."""
    operations = operations_of(context, caller.team)
    found = await operations.list({"kind": FILE_KIND}, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, operation_view, place_of)


@router.post("", status_code=201)
async def create_file(body: FileCreate, context: Context, caller: Caller, response: Response) -> OperationView:
    """A file of the catalogue from what was uploaded; immutable, and ready to be used."""
    receipt = body.receipt
    if not context.signer.receipt_is_valid(caller.team, receipt):
        message = (
            f"the receipt of artifact '{receipt.digest[:64]}' is not ours: upload, commit, and pass what that gives"
        )
        raise InvalidInput(message, (Issue("/receipt/signature", "invalid_receipt", message),))
    artifact = ArtifactRef(digest=receipt.digest, size=receipt.size, type=receipt.type)
    return await _stored(context, caller, _operation(body, artifact), body, response)


@router.post("/promote", status_code=201)
async def promote_output(body: Promotion, context: Context, caller: Caller, response: Response) -> OperationView:
    """A file of the catalogue from an output of a run; no bytes are moved, and the changelog names where it is from."""
    run = await context.runs.get(caller.team, body.run, summary=True)
    node = await context.node_runs.get(run.id, body.node)
    outputs: dict[str, dict[str, Any]] = (node.result or {}).get("outputs", {})
    if body.node_output not in outputs:
        raise NotFound(
            f"node '{body.node}' of run '{run.id}' is {node.state.value} and has no output '{body.node_output}'; "
            f"it has: {listed(outputs)}"
        )
    artifact = ArtifactRef.model_validate(outputs[body.node_output])
    await Artifacts(context.backends.documents, caller.team).get(artifact.digest)
    origin = f"Output '{body.node_output}' of node '{body.node}' of run '{run.id}'."
    operation = _operation(body, artifact).model_copy(update={"changelog": origin})
    return await _stored(context, caller, operation, body, response)


@router.get(f"{VERSION}/preview")
async def preview_file(ref: Ref, context: Context, caller: Caller, asked: Asked) -> AnyPreview:
    """As the preview of its artifact."""
    operation = (await operations_of(context, caller.team).get(ref)).operation
    if operation.artifact is None:
        raise InvalidInput(f"operation '{ref}' is of kind '{operation.kind}', no file: see POST /operations/preview")
    artifact = await Artifacts(context.backends.documents, caller.team).get(operation.artifact.digest)
    return await preview_of(context, replace(artifact, type=operation.artifact.type), asked)


async def _stored(
    context: ApiContext, caller: Principal, operation: Operation, fields: FileFields, response: Response
) -> OperationView:
    operations = operations_of(context, caller.team)
    draft = await operations.create(operation, caller.id, next_version=fields.next_version)
    stored = await operations.approve(draft.ref, draft.revision)
    response.headers["Location"] = location_of(stored)
    response.headers.update(etag(stored.revision))
    return operation_view(stored)


def _operation(fields: FileFields, artifact: ArtifactRef) -> Operation:
    """Raises `InvalidInput` with issues before anything is stored."""
    operation = Operation(
        name=fields.name,
        title=fields.title,
        description=fields.description,
        tags=fields.tags,
        kind=FILE_KIND,
        outputs=(Output(name=fields.output, type=artifact.type),),
        artifact=artifact,
    )
    issues = [_in_request(issue) for issue in validate_operation(operation)]
    if has_errors(issues):
        raise InvalidInput(f"this is no file: {summary(issues)}", tuple(issues))
    return operation


def _in_request(issue: Issue) -> Issue:
    return replace(issue, path="/output") if issue.path.startswith("/outputs/0") else issue
