"""How people on this machine get in: the first start makes an administrator's token and leaves it in `client.json`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from plynx_api.settings import ApiSettings
from plynx_common.domain.access import Principal, PrincipalKind, Role
from plynx_common.domain.errors import Misconfigured, Unauthenticated
from plynx_common.interfaces.documents import DocumentStore
from plynx_common.repositories.api_tokens import TOKENS, ApiTokens
from plynx_common.runtime.home import make_private_directory

ADMIN = "admin"
CLIENT_FILE = "client.json"
"""`{url, token}` in the state directory: what `plynx` commands on this machine use."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the API is, and the way in."""

    url: str
    sign_in_link: str | None
    """None where this machine knows no token: whoever has one signs in at `<url>/login`."""


async def welcome(settings: ApiSettings, documents: DocumentStore, tokens: ApiTokens, url: str) -> Address:
    """Makes a token where the platform has none at all; keeps `client.json` up to date. Raises `Misconfigured`.

    An embedded platform makes another one where that file is gone (its first start may have been killed, or met a full
    disk, before it was written): who can start it owns its state directory.
    """
    path = settings.home / CLIENT_FILE
    token = await _known_token(path, tokens)
    if token is None and (settings.is_embedded or not await documents.find(TOKENS, {}, limit=1, fields=("team",))):
        token = await admin_token(tokens, settings.team, "made at the first start")
    if token is None:
        return Address(url, None)
    make_private_directory(settings.home)
    _keep_private(path, json.dumps({"url": url, "token": token}, indent=2) + "\n")
    return Address(url, sign_in_link(url, token))


async def admin_token(tokens: ApiTokens, team: str, label: str) -> str:
    principal = Principal(PrincipalKind.PERSON, ADMIN, team, Role.OWNER)
    text, _ = await tokens.create(principal, label)
    return text


def sign_in_link(url: str, token: str) -> str:
    return f"{url}/login?token={quote(token)}"


async def _known_token(path: Path, tokens: ApiTokens) -> str | None:
    """What an earlier start left, if it is still good here."""
    try:
        token = str(json.loads(path.read_text(encoding="utf-8"))["token"])
        await tokens.verify(token)
    except (OSError, ValueError, KeyError, TypeError, Unauthenticated):
        return None
    return token


def _keep_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by this user only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        raise Misconfigured(
            f"cannot write '{path}': {error.strerror or error}; set PLYNX_HOME to a directory that this user may write"
        ) from error
