"""Who may move which bytes: tokens are checked here, and answered with signed requests and receipts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plynx_common.domain.errors import Conflict, Forbidden
from plynx_common.domain.ids import artifact_key, attempt_id, node_run_id
from plynx_common.domain.tokens import TRANSFER, AttemptToken, Signer, TransferToken
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import Document, DocumentStore
from plynx_common.interfaces.objects import ObjectStat, ObjectStore, PresignedRequest, PutConditions, ServedObjects
from plynx_common.runtime.points import point
from plynx_storage.catalogue import Artifact, Catalogue, artifact_id

CONTENT_TYPE = "application/octet-stream"
"""Of every upload and download: a browser must never take an artifact for a page of ours."""

Bearer = AttemptToken | TransferToken


@dataclass(frozen=True, slots=True)
class Expiry:
    upload: timedelta = timedelta(minutes=15)
    download: timedelta = timedelta(minutes=5)


class Gate:
    """Answers who a token speaks for, and whether its attempt may still store something."""

    def __init__(self, signer: Signer, documents: DocumentStore, clock: Clock) -> None:
        self.signer = signer
        self._documents = documents
        self._clock = clock

    def bearer(self, token: str) -> Bearer:
        """Raises `Unauthenticated`."""
        now = self._clock.now()
        if self.signer.is_signed_for(TRANSFER, token):
            return TransferToken.verify(self.signer, token, now=now)
        return AttemptToken.verify(self.signer, token, now=now)

    async def uploader(self, token: str) -> Bearer:
        """Raises `Forbidden` or `Conflict` for an attempt that has ended, or was granted to another claim."""
        bearer = self.bearer(token)
        if isinstance(bearer, AttemptToken):
            node_run = await self._documents.get("node_runs", node_run_id(bearer.run, bearer.node))
            refuse_closed(bearer, node_run)
        self.refuse_reader(bearer)
        return bearer

    @staticmethod
    def refuse_reader(bearer: Bearer) -> None:
        if isinstance(bearer, TransferToken) and not bearer.may_upload:
            raise Forbidden(f"the token of '{bearer.principal}' may read, not upload: ask the API for an upload")


def refuse_closed(token: AttemptToken, node_run: Document | None) -> None:
    """Fencing (2-protocol §6)."""
    name = attempt_id(token.run, token.node, token.attempt)
    if node_run is None or node_run["team"] != token.team:
        raise Forbidden(f"attempt '{name}' is not known: it may store nothing")
    if node_run["attempt"] != token.attempt or node_run["closed_attempt"] >= token.attempt:
        raise Conflict(f"attempt '{name}' has ended (the newest is {node_run['attempt']}): it may store nothing more")
    if node_run["claim_id_hash"] != token.claim_id_hash:
        raise Forbidden(f"attempt '{name}' was granted to another claim: this one may store nothing")


class Grants:
    """The three calls of a transfer: uploads, commits, downloads."""

    def __init__(self, gate: Gate, catalogue: Catalogue, objects: ObjectStore, expiry: Expiry) -> None:
        self._gate = gate
        self._catalogue = catalogue
        self._objects = objects
        # Asked once: looking whether something keeps a protocol is slow.
        self._served = objects if isinstance(objects, ServedObjects) else None
        self._expiry = expiry

    async def exists(self, team: str, artifacts: Sequence[Artifact]) -> set[str]:
        """Digests that need no upload: in the catalogue, and their bytes in the store."""
        live = await self._catalogue.live(artifact_id(team, artifact.digest) for artifact in artifacts)
        known = [each for each in artifacts if live.get(artifact_id(team, each.digest)) == each.size]
        stats = await self._stats(team, known)
        return {each.digest for each, stat in zip(known, stats, strict=True) if stat and stat.size == each.size}

    def upload(self, team: str, artifact: Artifact) -> PresignedRequest:
        conditions = PutConditions(artifact.size, CONTENT_TYPE, artifact.digest)
        return self._objects.presign_put(artifact_key(team, artifact.digest), conditions, expires=self._expiry.upload)

    async def commit(self, bearer: Bearer, artifacts: Sequence[Artifact]) -> list[dict[str, Any]]:
        """Receipts; raises `Conflict` where bytes are missing or of another size. All or none."""
        team = bearer.team
        for artifact, stat in zip(artifacts, await self._stats(team, artifacts), strict=True):
            if stat is None or stat.size != artifact.size:
                found = "not in the object store" if stat is None else f"there with {stat.size} bytes"
                raise Conflict(
                    f"artifact '{artifact.digest}' is {found}, expected {artifact.size} bytes: upload it, then commit"
                )
        if self._served is not None:
            await self._served.persist([artifact_key(team, artifact.digest) for artifact in artifacts])
        await point("storage.before_catalogue")
        await self._catalogue.add(team, artifacts, name_of(bearer))
        await point("storage.after_catalogue")
        return [self.receipt(team, artifact) for artifact in artifacts]

    async def _stats(self, team: str, artifacts: Sequence[Artifact]) -> Sequence[ObjectStat | None]:
        """Side by side: a server takes a millisecond for each."""
        keys = [artifact_key(team, artifact.digest) for artifact in artifacts]
        if self._served is not None:
            return [await self._objects.stat(key) for key in keys]
        return await asyncio.gather(*map(self._objects.stat, keys))

    def receipt(self, team: str, artifact: Artifact) -> dict[str, Any]:
        signature = self._gate.signer.sign_receipt(team, artifact.digest, artifact.size, artifact.type)
        return {"digest": artifact.digest, "size": artifact.size, "type": artifact.type, "signature": signature}

    def download(self, bearer: Bearer, digest: str) -> PresignedRequest:
        """Whether the bytes are there is found out by whoever follows it."""
        if digest not in bearer.readable:
            raise Forbidden(f"the token of '{name_of(bearer)}' does not name artifact '{digest}': it may not read it")
        return self._objects.presign_get(
            artifact_key(bearer.team, digest),
            expires=self._expiry.download,
            content_type=CONTENT_TYPE,
            filename=digest,
        )


async def absent(objects: ObjectStore, catalogue: Catalogue, team: str, digests: Sequence[str]) -> tuple[str, ...]:
    """Definitely absent ones; what is there was touched. Raises `ObjectsUnavailable` where nobody can say."""
    live = await catalogue.live(artifact_id(team, digest) for digest in digests)
    missing: list[str] = []
    for digest in digests:
        id = artifact_id(team, digest)
        stat = await objects.stat(artifact_key(team, digest)) if id in live else None
        if stat is None or stat.size != live[id]:
            catalogue.forget(id)
            missing.append(digest)
    return tuple(missing)


def name_of(bearer: Bearer) -> str:
    if isinstance(bearer, TransferToken):
        return bearer.principal
    return attempt_id(bearer.run, bearer.node, bearer.attempt)
