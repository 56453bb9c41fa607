"""Signed texts: who may do what until when, receipts for stored bytes, and the look of people's API tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, Self

import orjson

from plynx_common.domain.errors import Misconfigured, Unauthenticated

ATTEMPT = "attempt"
POOL = "pool"
TRANSFER = "transfer"
RECEIPT = "receipt"
API_TOKEN = "api_token"  # noqa: S105 (a purpose, no password)

_EXPIRY = "exp"
_SIGNATURE_LENGTH = 43  # 32 bytes in base64url without padding
_SHORTEST_SECRET = 16


class ReceiptLike(Protocol):
    """`plynx_common.messages.nodes.Receipt`, seen from the layer below it."""

    @property
    def digest(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def signature(self) -> str: ...


class Signer:
    """Signs and checks with one key per purpose, derived from one secret: a text is worth nothing elsewhere."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise Misconfigured(f"the signing secret has {len(secret)} bytes, expected at least {_SHORTEST_SECRET}")
        self._secret = secret
        self._keys: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        found = self._keys.get(purpose)
        if found is None:
            found = self._keys[purpose] = hmac.digest(self._secret, f"plynx/{purpose}".encode(), "sha256")
        return found

    def mac(self, purpose: str, content: bytes) -> str:
        """43 characters of base64url."""
        return _base64(hmac.digest(self.key(purpose), content, "sha256"))

    def sign(self, purpose: str, claims: Mapping[str, Any], *, expires_at: datetime | float) -> str:
        """`base64url(json).base64url(hmac)`; readable by whoever holds it, so no secret belongs into `claims`."""
        body = _base64(orjson.dumps({_EXPIRY: _seconds(expires_at), **claims}))
        return f"{body}.{self.mac(purpose, body.encode())}"

    def verify(self, purpose: str, text: str, *, now: datetime | float) -> dict[str, Any]:
        """The claims; raises `Unauthenticated` that says whether it is malformed, forged or expired."""
        body, separator, signature = text.rpartition(".")
        if not separator or len(signature) != _SIGNATURE_LENGTH or not text.isascii():
            raise Unauthenticated(
                f"the {purpose} token is malformed: expected 'base64url.base64url'; ask for a new one"
            )
        if not hmac.compare_digest(signature, self.mac(purpose, body.encode())):
            raise Unauthenticated(
                f"the {purpose} token has a wrong signature: it was changed, or made for something else"
            )
        claims: dict[str, Any] = orjson.loads(_from_base64(body))
        late = _seconds(now) - claims.pop(_EXPIRY)
        if late >= 0:
            raise Unauthenticated(f"the {purpose} token expired {late:.0f} s ago; ask for a new one")
        return claims

    def is_signed_for(self, purpose: str, text: str) -> bool:
        """Whether it was made for this purpose, expired or not."""
        body, _, signature = text.rpartition(".")
        return hmac.compare_digest(signature.encode(), self.mac(purpose, body.encode()).encode())

    def sign_receipt(self, team: str, digest: str, size: int, type: str) -> str:
        """Says: these bytes are in the object store and in the catalogue of the team. Does not expire."""
        return self.mac(RECEIPT, f"{team}\n{digest}\n{size}\n{type}".encode())

    def receipt_is_valid(self, team: str, receipt: ReceiptLike) -> bool:
        expected = self.sign_receipt(team, receipt.digest, receipt.size, receipt.type)
        return hmac.compare_digest(expected.encode(), receipt.signature.encode())

    def api_token_hash(self, token: ApiToken) -> str:
        """What is stored of a person's token, beside its id."""
        return hmac.digest(self.key(API_TOKEN), token.secret.encode(), "sha256").hex()

    def api_token_matches(self, token: ApiToken, stored_hash: str) -> bool:
        return hmac.compare_digest(self.api_token_hash(token).encode(), stored_hash.encode())


@dataclass(frozen=True)
class AttemptToken:
    """What one attempt may do: read the artifacts it names, store its outputs and logs."""

    team: str
    run: str
    node: str
    attempt: int
    claim_id_hash: str
    reads: tuple[str, ...] = ()
    """SHA-256 digests in hex."""

    def sign(self, signer: Signer, *, expires_at: datetime | float) -> str:
        claims = [self.team, self.run, self.node, self.attempt, self.claim_id_hash, _packed(self.reads)]
        return signer.sign(ATTEMPT, {"c": claims}, expires_at=expires_at)

    @classmethod
    def verify(cls, signer: Signer, text: str, *, now: datetime | float) -> Self:
        """Raises `Unauthenticated`."""
        *fields, reads = signer.verify(ATTEMPT, text, now=now)["c"]
        return cls(*fields, reads=_unpacked(reads))

    @cached_property
    def readable(self) -> frozenset[str]:
        return frozenset(self.reads)


@dataclass(frozen=True, slots=True)
class PoolToken:
    """A worker's right to speak: it is granted only nodes of these pools (full names, `<team>/<pool>`)."""

    team: str
    worker: str
    pools: tuple[str, ...]

    def sign(self, signer: Signer, *, expires_at: datetime | float) -> str:
        return signer.sign(POOL, {"c": [self.team, self.worker, self.pools]}, expires_at=expires_at)

    @classmethod
    def verify(cls, signer: Signer, text: str, *, now: datetime | float) -> Self:
        """Raises `Unauthenticated`."""
        team, worker, pools = signer.verify(POOL, text, now=now)["c"]
        return cls(team, worker, tuple(pools))


@dataclass(frozen=True)
class TransferToken:
    """A person's right, given by the API: to read these artifacts of a team, or to upload into it."""

    team: str
    principal: str
    reads: tuple[str, ...] = ()
    may_upload: bool = False

    def sign(self, signer: Signer, *, expires_at: datetime | float) -> str:
        claims = [self.team, self.principal, self.may_upload, _packed(self.reads)]
        return signer.sign(TRANSFER, {"c": claims}, expires_at=expires_at)

    @classmethod
    def verify(cls, signer: Signer, text: str, *, now: datetime | float) -> Self:
        """Raises `Unauthenticated`."""
        team, principal, may_upload, reads = signer.verify(TRANSFER, text, now=now)["c"]
        return cls(team, principal, _unpacked(reads), may_upload)

    @cached_property
    def readable(self) -> frozenset[str]:
        return frozenset(self.reads)


def claim_id_hash(claim_id: str) -> str:
    """The claim id is secret; documents and tokens carry this."""
    return hashlib.sha256(claim_id.encode()).hexdigest()


# --- people's API tokens: plx_ + 8 (id) + 43 (256 random bits) + 6 (CRC32), all base62 -----------

API_TOKEN_PREFIX = "plx_"  # noqa: S105
API_TOKEN_RANDOM_BYTES = 37
"""5 for the id, 32 for the secret."""
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID, _SECRET, _CHECKSUM = 8, 43, 6


@dataclass(frozen=True, slots=True)
class ApiToken:
    id: str
    """Not secret; what the token is stored and listed under."""
    secret: str

    @property
    def text(self) -> str:
        """Shown once."""
        content = f"{API_TOKEN_PREFIX}{self.id}{self.secret}"
        return content + _checksum(content)

    def __repr__(self) -> str:
        return f"ApiToken(id={self.id!r})"


def new_api_token(random: bytes) -> ApiToken:
    """`random`: 37 bytes from a source fit for secrets."""
    if len(random) != API_TOKEN_RANDOM_BYTES:
        raise ValueError(f"an API token is made of {API_TOKEN_RANDOM_BYTES} random bytes, got {len(random)}")
    return ApiToken(_base62(random[:5], _ID), _base62(random[5:], _SECRET))


def parse_api_token(text: str) -> ApiToken:
    """Raises `Unauthenticated` for what cannot be a token, before any store is asked."""
    content, checksum = text[:-_CHECKSUM], text[-_CHECKSUM:]
    if not text.startswith(API_TOKEN_PREFIX) or len(content) != len(API_TOKEN_PREFIX) + _ID + _SECRET:
        raise Unauthenticated(
            "the API token is malformed: expected 'plx_' and 57 more characters; was it copied whole?"
        )
    if checksum != _checksum(content):
        raise Unauthenticated("the API token is mistyped: its checksum does not fit; was it copied whole?")
    start = len(API_TOKEN_PREFIX)
    return ApiToken(content[start : start + _ID], content[start + _ID :])


def _checksum(content: str) -> str:
    return _base62(zlib.crc32(content.encode()).to_bytes(4, "big"), _CHECKSUM)


def _base62(raw: bytes, width: int) -> str:
    number = int.from_bytes(raw, "big")
    characters = ""
    for _ in range(width):
        number, remainder = divmod(number, 62)
        characters = _BASE62[remainder] + characters
    return characters


# --- coding --------------------------------------------------------------------------------------


def _seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _packed(digests: Sequence[str]) -> str:
    """A node with thousands of inputs carries them all in its token: 43 characters each instead of 67."""
    return binascii.b2a_base64(bytes.fromhex("".join(digests)), newline=False).decode()


def _unpacked(text: str) -> tuple[str, ...]:
    digits = binascii.a2b_base64(text).hex()
    return tuple(digits[start : start + 64] for start in range(0, len(digits), 64))
