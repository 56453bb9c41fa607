"""A preview as a request asks for it: of an artifact, or of a member of one that is a directory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query

from plynx_api.context import ApiContext
from plynx_api.previews.archive import member_of
from plynx_api.previews.images import HEAD, picture_of
from plynx_api.previews.looking import AT_ONCE, Form, Look, look, type_of_member
from plynx_api.previews.models import AnyPreview
from plynx_api.previews.source import MOST_READ, StoredSource
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.ids import artifact_key
from plynx_common.repositories.artifacts import StoredArtifact

DOWNLOAD_EXPIRES = timedelta(minutes=5)
LARGEST_START = 2**53


@dataclass(frozen=True, slots=True)
class Asking:
    form: Form | None
    member: str | None
    start: int
    limit: int
    rows: int


async def _asking(
    form: Annotated[
        Form | None, Query(alias="as", description="By default what the type and the first bytes say.")
    ] = None,
    member: Annotated[str | None, Query(max_length=1000, description="Path in a directory: of this file.")] = None,
    start: Annotated[
        int, Query(alias="from", ge=0, le=LARGEST_START, description="First byte of text, or first member in the list.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_READ, description="Bytes of text at most.")] = AT_ONCE,
    rows: Annotated[int, Query(ge=0, le=1000, description="Rows of a table at most.")] = 100,
) -> Asking:
    return Asking(form, member, start, limit, rows)


Asked = Annotated[Asking, Depends(_asking)]


async def preview_of(context: ApiContext, artifact: StoredArtifact, asked: Asking) -> AnyPreview:
    """Raises `InvalidInput` for what cannot be shown as it was asked, `NotFound` for a member that is not there."""
    source = _source(context, artifact)
    wanted = Look(
        source=source,
        type=artifact.type,
        sign=lambda content_type: signed_url(context, artifact, content_type),
        form=asked.form,
        start=asked.start,
        limit=asked.limit,
        rows=asked.rows,
    )
    if asked.member is not None:
        member = await member_of(source, asked.member)
        wanted = replace(wanted, source=member, type=type_of_member(asked.member), sign=None)
    return await look(wanted)


async def image_url(context: ApiContext, artifact: StoredArtifact) -> str:
    """Raises `InvalidInput` for what is no image that a browser shows."""
    picture = picture_of(await _source(context, artifact).read(0, HEAD))
    if picture is None:
        raise InvalidInput(f"artifact '{artifact.digest}' is no image: expected a PNG, JPEG, GIF, WebP or SVG")
    return signed_url(context, artifact, picture.content_type)


def signed_url(context: ApiContext, artifact: StoredArtifact, content_type: str) -> str:
    """Of the object store's own origin, and a download: whatever it is, it is no page of ours."""
    key = artifact_key(artifact.team, artifact.digest)
    objects = context.backends.objects
    return objects.presign_get(key, expires=DOWNLOAD_EXPIRES, content_type=content_type, filename=artifact.digest).url


def _source(context: ApiContext, artifact: StoredArtifact) -> StoredSource:
    return StoredSource(context.backends.objects, artifact_key(artifact.team, artifact.digest), artifact.size)
