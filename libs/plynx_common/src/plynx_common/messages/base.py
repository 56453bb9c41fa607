"""What every message is: a frozen model with a type and a version, registered by both."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from plynx_common.domain.errors import InvalidInput


class Message(BaseModel):
    """Facts are named in the past tense, commands in the imperative. Consumers ignore unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.type:
            key = (cls.type, cls.version)
            if key in REGISTRY:
                raise TypeError(f"message type {key} is declared twice")
            REGISTRY[key] = cls


class Part(BaseModel):
    """A piece of a message."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def replaced(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)


REGISTRY: dict[tuple[str, int], type[Message]] = {}


class UndecodableMessage(InvalidInput):
    """These bytes are no message we know; `reason` goes to the dead-letter queue with them."""

    code = "undecodable_message"


class NewerMessage(InvalidInput):
    """A type we know in a version we do not: parked, for a newer release to read."""

    code = "newer_message"


def encode(message: Message) -> bytes:
    return orjson.dumps({"type": message.type, "version": message.version, "body": message.__dict__}, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.__dict__
    raise TypeError(f"{type(value).__name__} cannot travel in a message")


def decode(body: bytes) -> Message:
    """Raises `UndecodableMessage` or `NewerMessage`."""
    try:
        envelope = orjson.loads(body)
        key = (envelope["type"], envelope["version"])
        content = envelope["body"]
        model = REGISTRY.get(key)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UndecodableMessage(f"not a message envelope: {error!r}") from error
    if model is None:
        known = [version for kind, version in REGISTRY if kind == key[0]]
        if known and isinstance(key[1], int) and key[1] > max(known):
            raise NewerMessage(f"message '{key[0]}' in version {key[1]}, newer than {max(known)}")
        raise UndecodableMessage(f"unknown message type {key[0]!r} version {key[1]!r}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UndecodableMessage(f"message '{key[0]}' has an invalid body: {error}") from error
