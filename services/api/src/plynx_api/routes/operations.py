"""Operations: the catalogue's versions, from draft to retired; checks and previews of their scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from plynx_api.context import ApiContext, Context
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.principals import Caller
from plynx_api.revisions import IfMatch, etag, revision_of
from plynx_api.routing import GuardedRoute
from plynx_api.views import Verdict, View, verdict
from plynx_common.domain.errors import InvalidInput, NotFound
from plynx_common.domain.ids import operation_ref
from plynx_common.domain.issues import has_errors, summary
from plynx_common.domain.operation import Operation, OperationStatus
from plynx_common.domain.parsing import parse_operation
from plynx_common.domain.values import timestamp
from plynx_common.repositories.operations import Operations, StoredOperation

router = APIRouter(route_class=GuardedRoute, prefix="/operations", tags=["operations"])

VERSION = "/{team}/{name}@{version}"


class OperationView(View):
    ref: str
    """`team/name@version`."""
    revision: int
    """Of the document, for If-Match."""
    digest: str | None
    """Of the content; drafts have none."""
    operation: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Deprecation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    successor: str | None = Field(default=None, description="`team/name@version` of what to use instead.")


class Cloning(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=63, description="By default the next version of the same name.")


class PreviewRequest(BaseModel):
    """Of an operation that is sent along, or of one in the catalogue."""

    model_config = ConfigDict(extra="forbid")

    operation: Operation | None = None
    ref: str | None = Field(default=None, max_length=200, description="`team/name@version`.")
    parameters: dict[str, Any] = {}


class Preview(View):
    filename: str
    text: str
    """To the byte what a worker would execute, but for the paths, which are placeholders."""
    argv: list[str]
    env: dict[str, str]


def operations_of(context: ApiContext, team: str) -> Operations:
    return Operations(context.backends.documents, context.backends.clock, team)


def operation_view(stored: StoredOperation) -> OperationView:
    return OperationView(
        ref=stored.ref,
        revision=stored.revision,
        digest=stored.digest,
        operation=stored.operation.model_dump(mode="json", by_alias=True),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def location_of(stored: StoredOperation) -> str:
    """Drafts have any name, and a header holds ASCII."""
    return f"/api/v1/operations/{quote(stored.ref, safe='/@')}"


def place_of(stored: StoredOperation) -> tuple[str, str]:
    return timestamp(stored.updated_at), stored.ref


def _answer(stored: StoredOperation, response: Response) -> OperationView:
    response.headers.update(etag(stored.revision))
    return operation_view(stored)


@router.get("")
async def list_operations(
    context: Context,
    caller: Caller,
    name: Annotated[str | None, Query(description="Only versions of this one.")] = None,
    kind: Annotated[str | None, Query(description="Only of this kind.")] = None,
    status: Annotated[OperationStatus | None, Query(description="Only in this state.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OperationView]:
    """Latest change first."""
    given = {"name": name, "kind": kind, "status": None if status is None else status.value}
    where = {field: value for field, value in given.items() if value is not None}
    found = await operations_of(context, caller.team).list(where, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, operation_view, place_of)


@router.post("", status_code=201)
async def create_operation(body: Operation, context: Context, caller: Caller, response: Response) -> OperationView:
    """A draft of version 1, valid or not: `validate` says what is missing, `approve` makes it immutable."""
    _refuse_other_team(body, caller.team)
    stored = await operations_of(context, caller.team).create(body, caller.id)
    response.headers["Location"] = location_of(stored)
    return _answer(stored, response)


def _refuse_other_team(operation: Operation, team: str) -> None:
    if operation.team not in {"", team}:
        raise InvalidInput(
            f"operation '{operation.name}' is of team '{operation.team}': leave 'team' out, it is '{team}'"
        )


@router.post("/validate")
async def validate_operation(body: dict[str, Any], context: Context, caller: Caller) -> Verdict:
    """Everything that is wrong with a document, its script included; nothing is stored."""
    del caller
    operation, issues = parse_operation(body)
    return verdict(issues if operation is None else await context.scripts.check(operation))


@router.post("/preview")
async def preview_operation(body: PreviewRequest, context: Context, caller: Caller) -> Preview:
    """The script that a worker would execute with these parameters."""
    if (body.operation is None) == (body.ref is None):
        raise InvalidInput("a preview is of one operation: give either 'operation' (the document) or 'ref'")
    operation = body.operation or (await operations_of(context, caller.team).get(body.ref or "")).operation
    script = await context.scripts.preview(operation, body.parameters)
    return Preview(filename=script.filename, text=script.text, argv=list(script.argv), env=dict(script.env))


def _ref(
    team: Annotated[str, Path(max_length=39)],
    name: Annotated[str, Path(max_length=63)],
    version: Annotated[int, Path(ge=1)],
) -> str:
    return operation_ref(team, name, version)


Ref = Annotated[str, Depends(_ref)]


async def _revision(operations: Operations, ref: str, if_match: str | None) -> int:
    return revision_of(if_match, (await operations.get(ref)).revision, f"operation '{ref}'")


@router.get(VERSION)
async def get_operation_version(ref: Ref, context: Context, caller: Caller, response: Response) -> OperationView:
    return _answer(await operations_of(context, caller.team).get(ref), response)


@router.get("/{team}/{name}")
async def get_operation(team: str, name: str, context: Context, caller: Caller, response: Response) -> OperationView:
    """The newest usable version."""
    if team != caller.team:
        raise NotFound(f"there is no operation '{team}/{name}'")
    return _answer(await operations_of(context, caller.team).newest(name), response)


@router.get("/{team}/{name}/versions")
async def list_operation_versions(team: str, name: str, context: Context, caller: Caller) -> Page[OperationView]:
    """Newest first, of every state."""
    found = await operations_of(context, caller.team).versions(name) if team == caller.team else []
    if not found:
        raise NotFound(f"there is no operation '{team}/{name}'")
    return Page(items=[operation_view(stored) for stored in found])


@router.put(VERSION)
async def save_operation(
    body: Operation, ref: Ref, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> OperationView:
    """Replaces a draft's content, valid or not; name, version and origin stay."""
    _refuse_other_team(body, caller.team)
    operations = operations_of(context, caller.team)
    revision = await _revision(operations, ref, if_match)
    return _answer(await operations.save(ref, body, revision), response)


@router.delete(VERSION, status_code=204)
async def delete_operation(ref: Ref, context: Context, caller: Caller, if_match: IfMatch = None) -> None:
    """Of drafts only: what was approved may be in somebody's history."""
    operations = operations_of(context, caller.team)
    await operations.delete(ref, await _revision(operations, ref, if_match))


@router.post(f"{VERSION}/approve")
async def approve_operation(
    ref: Ref, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> OperationView:
    """Makes a draft immutable, if nothing is wrong with it or its script."""
    operations = operations_of(context, caller.team)
    revision = await _revision(operations, ref, if_match)
    issues = await context.scripts.check((await operations.get(ref)).operation)
    if has_errors(issues):
        raise InvalidInput(f"operation '{ref}' cannot be approved: {summary(issues)}", tuple(issues))
    return _answer(await operations.approve(ref, revision), response)


@router.post(f"{VERSION}/deprecate")
async def deprecate_operation(
    body: Deprecation, ref: Ref, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> OperationView:
    """Usable still, with a warning that names the successor."""
    operations = operations_of(context, caller.team)
    revision = await _revision(operations, ref, if_match)
    return _answer(await operations.deprecate(ref, revision, body.successor), response)


@router.post(f"{VERSION}/retire")
async def retire_operation(
    ref: Ref, context: Context, caller: Caller, response: Response, if_match: IfMatch = None
) -> OperationView:
    """Refused by new runs from now on."""
    operations = operations_of(context, caller.team)
    return _answer(await operations.retire(ref, await _revision(operations, ref, if_match)), response)


@router.post(f"{VERSION}/clone", status_code=201)
async def clone_operation(
    body: Cloning, ref: Ref, context: Context, caller: Caller, response: Response
) -> OperationView:
    """A draft of the next version, or of version 1 under another name."""
    stored = await operations_of(context, caller.team).clone(ref, caller.id, body.name)
    response.headers["Location"] = location_of(stored)
    return _answer(stored, response)
