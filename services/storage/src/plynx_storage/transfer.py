"""The calls of a transfer over HTTP: uploads, commits, downloads, and the parts of large objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from plynx_common.domain.errors import InvalidInput, NotFound, PlynxError
from plynx_common.domain.ids import DIGEST
from plynx_common.interfaces.objects import PresignedRequest
from plynx_storage.catalogue import Artifact
from plynx_storage.grants import Gate, Grants
from plynx_storage.http import Disconnected, Receive, Scope, Send, read_json, send_json, send_problem
from plynx_storage.multipart import MultipartUploads
from plynx_storage.object_endpoint import OBJECTS_PATH, ObjectEndpoint

Call = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

LARGEST = 5 * 1024**4
"""Bytes: what S3 takes for one object."""
MOST_AT_ONCE = 1000


class TransferApp:
    """An ASGI application. `objects`: there where the object store has no server of its own."""

    def __init__(self, gate: Gate, grants: Grants, multipart: MultipartUploads, objects: ObjectEndpoint | None) -> None:
        self._gate = gate
        self._grants = grants
        self._multipart = multipart
        self._objects = objects
        self._calls: dict[str, Call] = {
            "/transfers/uploads": self.uploads,
            "/transfers/commits": self.commits,
            "/transfers/downloads": self.downloads,
            "/transfers/parts": self.parts,
            "/transfers/completions": self.completions,
            "/transfers/aborts": self.aborts,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = cast("str", scope["path"])
        try:
            if self._objects is not None and path.startswith(OBJECTS_PATH):
                await self._objects(scope, receive, send)
            elif scope["method"] == "POST" and (call := self._calls.get(path)):
                await send_json(send, await call(await read_json(receive)))
            elif scope["method"] == "GET" and path == "/health":
                await send_json(send, {"status": "ready"})
            else:
                raise NotFound(f"there is no {scope['method']} {path[:100]}: see docs/reference/transfers.md")
        except PlynxError as error:
            await send_problem(send, error)
        except Disconnected:
            return

    async def uploads(self, body: dict[str, Any]) -> dict[str, Any]:
        bearer = await self._gate.uploader(_text(body, "token"))
        artifacts = _artifacts(body)
        there = await self._grants.exists(bearer.team, artifacts)
        begun = {entry["digest"]: _text(entry, "upload") for entry in body["objects"] if "upload" in entry}
        return {"uploads": [await self._upload(bearer.team, artifact, there, begun) for artifact in artifacts]}

    async def _upload(self, team: str, artifact: Artifact, there: set[str], begun: dict[str, str]) -> dict[str, Any]:
        if artifact.digest in there:
            return {"digest": artifact.digest, "state": "exists", "receipt": self._grants.receipt(team, artifact)}
        if self._multipart.takes(artifact):
            started = await self._multipart.start(team, artifact, begun.get(artifact.digest, ""))
            return {"digest": artifact.digest, "state": "multipart", **started}
        return {"digest": artifact.digest, "state": "put", "request": _request(self._grants.upload(team, artifact))}

    async def commits(self, body: dict[str, Any]) -> dict[str, Any]:
        bearer = self._gate.bearer(_text(body, "token"))
        self._gate.refuse_reader(bearer)
        return {"receipts": await self._grants.commit(bearer, _artifacts(body))}

    async def downloads(self, body: dict[str, Any]) -> dict[str, Any]:
        bearer = self._gate.bearer(_text(body, "token"))
        digests = _digests(body)
        return {
            "downloads": [
                {"digest": digest, "request": _request(self._grants.download(bearer, digest))} for digest in digests
            ]
        }

    async def parts(self, body: dict[str, Any]) -> dict[str, Any]:
        team = self._gate.bearer(_text(body, "token")).team
        first = _number(body, "first")
        requests = self._multipart.parts(team, _text(body, "upload"), first, _digests(body))
        return {"parts": [{"part": part, "request": _request(request)} for part, request in enumerate(requests, first)]}

    async def completions(self, body: dict[str, Any]) -> dict[str, Any]:
        bearer = await self._gate.uploader(_text(body, "token"))
        etags = _list(body, "etags")
        if not all(isinstance(etag, str) for etag in etags):
            raise InvalidInput("'etags' holds something that is no text: expected one ETag per part, in order")
        await self._multipart.complete(bearer.team, _text(body, "upload"), etags)
        return {}

    async def aborts(self, body: dict[str, Any]) -> dict[str, Any]:
        bearer = self._gate.bearer(_text(body, "token"))
        self._gate.refuse_reader(bearer)
        await self._multipart.abort(bearer.team, _text(body, "upload"))
        return {}


def _request(request: PresignedRequest) -> dict[str, Any]:
    return {"method": request.method, "url": request.url, "headers": request.headers}


def _artifacts(body: dict[str, Any]) -> list[Artifact]:
    artifacts = [_artifact(entry) for entry in _list(body, "objects")]
    return list({artifact.digest: artifact for artifact in artifacts}.values())


def _artifact(entry: Any) -> Artifact:
    match entry:
        case {"digest": str(digest), "size": int(size), "type": str(type)} if not isinstance(size, bool):
            if not DIGEST.fullmatch(digest):
                raise InvalidInput(f"digest {digest[:80]!r} is none: expected SHA-256 as 64 lower-case hex digits")
            if not 0 <= size <= LARGEST:
                raise InvalidInput(f"object '{digest}' has size {size}: expected 0 … {LARGEST} bytes")
            if not 1 <= len(type) <= 100 or not type.isprintable():
                raise InvalidInput(f"object '{digest}' has type {type[:100]!r}: expected 1 … 100 printable characters")
            return Artifact(digest, size, type)
        case _:
            raise InvalidInput('an entry of \'objects\' is malformed: expected {"digest", "size", "type"}')


def _digests(body: dict[str, Any]) -> list[str]:
    digests = _list(body, "digests")
    for digest in digests:
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            raise InvalidInput(f"digest {str(digest)[:80]!r} is none: expected SHA-256 as 64 lower-case hex digits")
    return digests


def _list(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list):
        raise InvalidInput(f"'{name}' is missing or no list: see docs/reference/transfers.md")
    entries = cast("list[Any]", value)
    if name != "etags" and not 1 <= len(entries) <= MOST_AT_ONCE:
        raise InvalidInput(
            f"'{name}' has {len(entries)} entries: expected 1 … {MOST_AT_ONCE}, split it into several calls"
        )
    return entries


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"'{name}' is missing or no text: see docs/reference/transfers.md")
    return value


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int):
        raise InvalidInput(f"'{name}' is missing or no whole number: see docs/reference/transfers.md")
    return value
