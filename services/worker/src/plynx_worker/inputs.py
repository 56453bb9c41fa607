"""Input artifacts of an attempt: from this host's cache, else downloaded; text of scalars becomes parameters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.operation import Operation
from plynx_common.domain.parameters import BadValue, coerce
from plynx_common.domain.types import parse_scalar
from plynx_common.messages.nodes import Grant, InputArtifact
from plynx_worker.artifact_cache import SMALL_BYTES, ArtifactCache
from plynx_worker.transfers import Patience, Token, Transfers
from plynx_worker.workdir import Source

ARTIFACT = "$artifact"

Contents = Mapping[str, bytes | Path]
"""By digest."""


class Inputs:
    def __init__(self, cache: ArtifactCache, transfers: Transfers, patience: Patience) -> None:
        self._cache = cache
        self._transfers = transfers
        self._patience = patience
        self._coming: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def held(self, artifacts: Sequence[InputArtifact], token: Token) -> AsyncGenerator[Contents]:
        """Contents by digest, good while inside. Raises `NotFound` for bytes that are definitely absent."""
        wanted = {artifact.digest: artifact for artifact in artifacts}
        with self._cache.held(wanted):
            while missing := [artifact for digest, artifact in wanted.items() if self._cache.find(digest) is None]:
                await self._bring(missing, token)
            found = {digest: self._cache.find(digest) for digest in wanted}
            yield {digest: content for digest, content in found.items() if content is not None}

    async def _bring(self, missing: list[InputArtifact], token: Token) -> None:
        """What another attempt is downloading already is waited for; whoever finds it gone afterwards asks himself."""
        mine = [artifact for artifact in missing if artifact.digest not in self._coming]
        if not mine:
            await asyncio.wait([self._coming[artifact.digest] for artifact in missing])
            return
        arrived = asyncio.get_running_loop().create_future()
        for artifact in mine:
            self._coming[artifact.digest] = arrived
        try:
            await self._patience.with_("download", lambda: self._download(mine, token))
        finally:
            for artifact in mine:
                del self._coming[artifact.digest]
            arrived.set_result(None)

    async def _download(self, artifacts: list[InputArtifact], token: Token) -> None:
        cache = self._cache
        targets = {
            artifact.digest: (artifact.size, None if artifact.size <= SMALL_BYTES else cache.draft(artifact.digest))
            for artifact in artifacts
        }
        try:
            contents = await self._transfers.download(token, targets)
            for digest, (_, draft) in targets.items():
                if draft is None:
                    cache.keep(digest, contents[digest])
                else:
                    await cache.keep_file(digest, draft)
        finally:
            for _, draft in targets.values():
                if draft is not None:
                    draft.unlink(missing_ok=True)


def artifacts_of(grant: Grant) -> list[InputArtifact]:
    """All that the attempt reads, parameters' artifacts included."""
    found = [artifact for artifacts in grant.inputs.values() for artifact in artifacts]
    return found + [InputArtifact(**value[ARTIFACT]) for value in grant.parameters.values() if _is_artifact(value)]


def sources_of(grant: Grant, contents: Contents) -> dict[str, list[Source]]:
    return {
        name: [Source(artifact.type, contents[artifact.digest]) for artifact in artifacts]
        for name, artifacts in grant.inputs.items()
    }


def parameters_of(grant: Grant, operation: Operation, contents: Contents) -> dict[str, Any]:
    """Plain values; raises `InvalidInput` for a scalar artifact that its parameter does not take."""
    declared = {parameter.name: parameter for parameter in operation.parameters}
    found: dict[str, Any] = {}
    for name, value in grant.parameters.items():
        if not _is_artifact(value):
            found[name] = value
            continue
        artifact = InputArtifact(**value[ARTIFACT])
        try:
            content = contents[artifact.digest]
            text = (content if isinstance(content, bytes) else content.read_bytes()).decode()
            found[name] = coerce(declared[name], parse_scalar(artifact.type, text))
        except (BadValue, InvalidInput, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"parameter '{name}' cannot take its value from artifact '{artifact.digest}': {error}"
            ) from error
    return found


def _is_artifact(value: Any) -> bool:
    return type(value) is dict and ARTIFACT in value
