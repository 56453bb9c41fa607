"""Files: stored artifacts as building blocks; their bytes go to the storage service."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from plynx_api.context import Context
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.principals import Caller
from plynx_api.revisions import etag
from plynx_api.routes.operations import OperationView, operation_view, operations_of, place_of
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.errors import InvalidInput, Issue
from plynx_common.domain.kinds import FILE_KIND
from plynx_common.domain.operation import ArtifactRef, Operation, Output
from plynx_common.domain.tokens import TransferToken

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
    size: int
    type: str
    signature: str


class FileCreate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="Of the catalogue, as operations have them.")
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    output: str = Field(default="file", description="Name of its one output.")
    receipt: FileReceipt


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
    operations = operations_of(context, caller.team)
    draft = await operations.create(_operation(body), caller.id)
    stored = await operations.approve(draft.ref, draft.revision)
    response.headers["Location"] = f"/api/v1/operations/{stored.ref}"
    response.headers.update(etag(stored.revision))
    return operation_view(stored)


def _operation(body: FileCreate) -> Operation:
    receipt = body.receipt
    return Operation(
        name=body.name,
        title=body.title,
        description=body.description,
        tags=body.tags,
        kind=FILE_KIND,
        outputs=(Output(name=body.output, type=receipt.type),),
        artifact=ArtifactRef(digest=receipt.digest, size=receipt.size, type=receipt.type),
    )
