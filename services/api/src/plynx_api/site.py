"""The browser application: its files, held in memory, and the policy under which a browser runs them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from plynx_api.settings import ApiSettings
from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.values import digest_of
from plynx_common.interfaces.objects import ObjectStore

ENTRY_POINT_GROUP = "plynx.site"
"""Whoever brings a browser application: a function that gives its folder, or `None` where it is not built yet."""
INDEX = "index.html"
SCREENS = ("runs", "graphs", "operations", "files", "artifacts", "pools")
"""First parts of addresses that the application itself reads."""
FOR_EVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
_UNNAMED = frozenset({"assets/plynx.svg"})
"""Files whose name does not change with their content."""
_ANY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    compressed: bytes | None
    content_type: str
    etag: str
    is_immutable: bool


class Site:
    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = files

    def answer(self, request: Request, path: str, headers: Mapping[str, str] | None = None) -> Response | None:
        """`None` for a file that is not there."""
        file = self._files.get(path)
        if file is None:
            return None
        kept = {"Cache-Control": FOR_EVER if file.is_immutable else ALWAYS_ASK, "ETag": file.etag, **(headers or {})}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=kept)
        if file.compressed is None:
            return Response(file.content, headers=kept, media_type=file.content_type)
        kept["Vary"] = "Accept-Encoding"
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(file.content, headers=kept, media_type=file.content_type)
        return Response(file.compressed, headers={**kept, "Content-Encoding": "gzip"}, media_type=file.content_type)


def load_site(settings: ApiSettings) -> Site | None:
    """Of the folder that the settings name, else of an installed package. Raises `Misconfigured`."""
    folder = settings.site or _installed()
    if folder is None:
        return None
    if not (folder / INDEX).is_file():
        raise Misconfigured(f"PLYNX_API_SITE: '{folder}' has no {INDEX}; expected a build of the browser application")
    return Site({path.relative_to(folder).as_posix(): _file(folder, path) for path in _shown(folder)})


def content_policy(settings: ApiSettings, objects: ObjectStore) -> str:
    """Own scripts only. Bytes come from and go to the object store and the storage service, which are other origins."""
    signed = objects.presign_get("any", expires=_ANY, content_type="text/plain", filename="any").url
    stores = " ".join(sorted({_origin(settings.transfer_url), _origin(signed)}))
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; "
        # Components set sizes and places; what somebody types is never among their styles.
        "style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"img-src 'self' data: blob: {stores}; connect-src 'self' {stores}; frame-src 'self' {stores}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _installed() -> Path | None:
    for found in entry_points(group=ENTRY_POINT_GROUP):
        folder: Path | None = found.load()()
        if folder is not None:
            return folder
    return None


def _shown(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix not in ("", ".gz")]


def _file(folder: Path, path: Path) -> File:
    content, packed = path.read_bytes(), path.with_name(f"{path.name}.gz")
    name = path.relative_to(folder).as_posix()
    return File(
        content=content,
        compressed=packed.read_bytes() if packed.is_file() else None,
        content_type=_content_type(path),
        etag=f'"{digest_of(content)[:32]}"',
        is_immutable=name.startswith("assets/") and name not in _UNNAMED,
    )


def _content_type(path: Path) -> str:
    """What the machine's own table says of scripts depends on what is installed there."""
    known = {".js": "text/javascript", ".woff2": "font/woff2"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
