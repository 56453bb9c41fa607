"""A file on its way into the platform: hashed here, sent to the object store by signed requests, and committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx

from plynx.connection import ANSWER_WITHIN, ApiError, Connection, Unreachable
from plynx_common.domain.types import FILE, TYPES

BLOCK = 1024 * 1024
PAGE = 100
"""Parts that are asked for at once."""
THERE_ALREADY = 412
PATIENT = httpx.Timeout(ANSWER_WITHIN, read=600.0, write=600.0)
"""Joining parts takes as long as the store needs to read them."""
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
_TYPES = {
    **{kind.suffix: name for name, kind in reversed(TYPES.items()) if kind.suffix},
    **dict.fromkeys(_IMAGES, "image"),
    ".json": "json",
}


class Changed(Exception):
    """The file is not what it was when it was hashed."""


@dataclass(frozen=True, slots=True)
class Local:
    path: Path
    digest: str
    size: int
    type: str

    @property
    def entry(self) -> dict[str, Any]:
        return {"digest": self.digest, "size": self.size, "type": self.type}


def type_of(path: Path) -> str:
    """By the end of its name; a zip is taken for an archive, not for a directory."""
    return FILE if path.suffix == ".zip" else _TYPES.get(path.suffix.lower(), FILE)


def digest_of_file(file: BinaryIO) -> tuple[str, int]:
    """SHA-256 in hex, and the number of bytes."""
    hasher, size = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        hasher.update(block)
        size += len(block)
    return hasher.hexdigest(), size


def hashed(path: Path, type: str) -> Local:
    """Raises `OSError`."""
    with path.open("rb") as file:
        return Local(path, *digest_of_file(file), type)


def upload(connection: Connection, local: Local) -> dict[str, Any]:
    """The receipt. Raises `ApiError`, `Unreachable`, `OSError`, or `Changed`."""
    right = connection.post("/files/uploads")
    with httpx.Client(timeout=PATIENT) as http:
        return _Transfer(http, right["storage_url"], right["token"]).send(local)


class _Transfer:
    """See docs/reference/transfers.md."""

    def __init__(self, http: httpx.Client, storage_url: str, token: str) -> None:
        self._http = http
        self._url = storage_url
        self._token = token

    def send(self, local: Local) -> dict[str, Any]:
        (entry,) = self._call("uploads", objects=[local.entry])["uploads"]
        match entry["state"]:
            case "exists":
                return cast("dict[str, Any]", entry["receipt"])
            case "put":
                with local.path.open("rb") as file:
                    self._put(entry["request"], file, local.size)
            case _:
                self._send_parts(local, entry)
        (receipt,) = self._call("commits", objects=[local.entry])["receipts"]
        return cast("dict[str, Any]", receipt)

    def _send_parts(self, local: Local, entry: dict[str, Any]) -> None:
        ticket, size, count = entry["upload"], entry["part_size"], entry["parts"]
        etags: list[str] = []
        with local.path.open("rb") as file:
            for first in range(1, count + 1, PAGE):
                numbers = range(first, min(first + PAGE, count + 1))
                digests = [_digest_of_part(file, (number - 1) * size, size) for number in numbers]
                for part in self._call("parts", upload=ticket, first=first, digests=digests)["parts"]:
                    start = (part["part"] - 1) * size
                    file.seek(start)
                    etags.append(self._put(part["request"], file, min(size, local.size - start)))
        self._call("completions", upload=ticket, etags=etags)

    def _put(self, request: dict[str, Any], file: BinaryIO, size: int) -> str:
        """The ETag."""
        headers = {**request["headers"], "Content-Length": str(size)}
        answer = self._request("PUT", request["url"], content=_blocks(file, size), headers=headers)
        if answer.is_error and answer.status_code != THERE_ALREADY:
            detail = f"the object store refused the upload (HTTP {answer.status_code}): {answer.text[:200]}"
            raise ApiError(answer.status_code, {"detail": detail})
        return str(answer.headers.get("etag", ""))

    def _call(self, name: str, **body: Any) -> dict[str, Any]:
        answer = self._request("POST", f"{self._url}/transfers/{name}", json={"token": self._token, **body})
        if answer.is_error:
            try:
                problem = answer.json()
            except ValueError:
                problem = {"detail": answer.text[:200]}
            raise ApiError(answer.status_code, problem)
        return cast("dict[str, Any]", answer.json())

    def _request(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **request)
        except httpx.TransportError as error:
            raise Unreachable(f"the storage service at {self._url} does not answer ({error}); try again") from error


def _digest_of_part(file: BinaryIO, start: int, size: int) -> str:
    file.seek(start)
    hasher = hashlib.sha256()
    while size and (block := file.read(min(BLOCK, size))):
        hasher.update(block)
        size -= len(block)
    return hasher.hexdigest()


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        block = file.read(min(BLOCK, size))
        if not block:
            raise Changed("it became shorter while it was uploaded: something still writes to it")
        size -= len(block)
        yield block
