"""A preview as a request asks for it: of an artifact, or of a member of one that is a directory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request

from plynx_api.context import ApiContext
from plynx_api.previews.addresses import Addresses, host_of
from plynx_api.previews.archive import member_of
from plynx_api.previews.images import HEAD, picture_of
from plynx_api.previews.looking import AT_ONCE, Form, Look, look, type_of_member
from plynx_api.previews.models import AnyPreview
from plynx_api.previews.source import MOST_READ, StoredSource
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.ids import artifact_key
from plynx_common.repositories.artifacts import StoredArtifact

LARGEST_START = 2**53


@dataclass(frozen=True, slots=True)
class Asking:
    form: Form | None
    member: str | None
    start: int
    limit: int
    rows: int
    host: str
    """By which the browser knows us."""


async def _asking(
    request: Request,
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
    return Asking(form, member, start, limit, rows, host_of(request.headers.get("host", "")))


Asked = Annotated[Asking, Depends(_asking)]


async def preview_of(context: ApiContext, artifact: StoredArtifact, asked: Asking) -> AnyPreview:
    """Raises `InvalidInput` for what cannot be shown as it was asked, `NotFound` for a member that is not there."""
    source = _source(context, artifact)
    wanted = Look(
        source=source,
        type=artifact.type,
        addresses=_addresses(context, artifact, asked.host),
        form=asked.form,
        start=asked.start,
        limit=asked.limit,
        rows=asked.rows,
    )
    if asked.member is not None:
        member = await member_of(source, asked.member)
        wanted = replace(wanted, source=member, type=type_of_member(asked.member), addresses=None)
    return await look(wanted)


async def image_url(context: ApiContext, artifact: StoredArtifact) -> str:
    """Raises `InvalidInput` for what is no image that a browser shows."""
    picture = picture_of(await _source(context, artifact).read(0, HEAD))
    if picture is None:
        raise InvalidInput(f"artifact '{artifact.digest}' is no image: expected a PNG, JPEG, GIF, WebP or SVG")
    return _addresses(context, artifact).download(picture.content_type)


def _addresses(context: ApiContext, artifact: StoredArtifact, *hosts: str) -> Addresses:
    ours = frozenset({*hosts, urlsplit(context.settings.public_url).hostname or ""})
    return Addresses(context.backends.objects, artifact, ours)


def _source(context: ApiContext, artifact: StoredArtifact) -> StoredSource:
    return StoredSource(context.backends.objects, artifact_key(artifact.team, artifact.digest), artifact.size)
