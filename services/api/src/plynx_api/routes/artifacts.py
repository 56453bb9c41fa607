"""Artifacts: what is known of them, and where their bytes are; the bytes never pass through here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse

from plynx_api.context import Context
from plynx_api.lineage import LineageView, lineage_of
from plynx_api.pages import Cursor, Limit, Page, after, page_of
from plynx_api.previews.addresses import EXPIRES
from plynx_api.previews.asking import Asked, image_url, preview_of
from plynx_api.previews.models import AnyPreview
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.ids import artifact_key
from plynx_common.domain.values import timestamp
from plynx_common.repositories.artifacts import Artifacts, StoredArtifact

router = APIRouter(route_class=GuardedRoute, prefix="/artifacts", tags=["artifacts"])

CONTENT_TYPE = "application/octet-stream"
"""Whatever it is: a browser must never take an artifact for a page of ours."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


class ArtifactView(View):
    digest: str
    """SHA-256, hex: the artifact's identity."""
    team: str
    size: int
    type: str
    created_at: datetime
    created_by: str
    """The attempt that wrote it first, or who uploaded it."""


def _view(artifact: StoredArtifact) -> ArtifactView:
    return ArtifactView.model_validate(artifact)


@router.get("")
async def list_artifacts(
    context: Context,
    caller: Caller,
    type: Annotated[str | None, Query(description="Only of this type.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ArtifactView]:
    """Newest first."""
    artifacts = Artifacts(context.backends.documents, caller.team)
    found = await artifacts.list({} if type is None else {"type": type}, limit=limit + 1, after=after(cursor))
    return page_of(found, limit, _view, lambda each: (timestamp(each.created_at), f"{each.team}/{each.digest}"))


@router.get("/{digest}")
async def get_artifact(digest: str, context: Context, caller: Caller) -> ArtifactView:
    return _view(await Artifacts(context.backends.documents, caller.team).get(digest))


@router.get("/{digest}/preview")
async def preview_artifact(digest: str, context: Context, caller: Caller, asked: Asked) -> AnyPreview:
    """What is in it, from a few ranges of its bytes: a range of text, a table with its columns, a JSON value, an
    image's size, the members of a directory or one of them.
    """
    artifact = await Artifacts(context.backends.documents, caller.team).get(digest)
    return await preview_of(context, artifact, asked)


@router.get("/{digest}/lineage")
async def get_artifact_lineage(digest: str, context: Context, caller: Caller, cursor: Cursor = None) -> LineageView:
    """What produced it and what used it, the newest runs first, a few dozen runs a page."""
    artifact = await Artifacts(context.backends.documents, caller.team).get(digest)
    return await lineage_of(context, artifact, cursor)


@router.get("/{digest}/image", status_code=307, response_class=RedirectResponse)
async def redirect_to_image(digest: str, context: Context, caller: Caller) -> RedirectResponse:
    """For `<img>`: redirects to a signed address of the object store, as the image that it is and nothing else."""
    artifact = await Artifacts(context.backends.documents, caller.team).get(digest)
    return RedirectResponse(await image_url(context, artifact), 307)


@router.get("/{digest}/download", status_code=307, response_class=RedirectResponse)
async def download_artifact(
    digest: str,
    context: Context,
    caller: Caller,
    filename: Annotated[str | None, Query(max_length=200, description="What it is saved as.")] = None,
) -> RedirectResponse:
    """Redirects to a signed address of the object store, which is good for five minutes."""
    artifact = await Artifacts(context.backends.documents, caller.team).get(digest)
    if filename is not None and (_UNSAFE.search(filename) or not filename.strip(". ")):
        raise InvalidInput(f"filename {filename!r} is none: expected a plain name without '/'")
    signed = context.backends.objects.presign_get(
        artifact_key(caller.team, artifact.digest),
        expires=EXPIRES,
        content_type=CONTENT_TYPE,
        filename=filename or digest,
    )
    return RedirectResponse(signed.url, 307)
