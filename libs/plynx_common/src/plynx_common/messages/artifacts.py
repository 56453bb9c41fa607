"""Calls to the storage service over the bus."""

from __future__ import annotations

from typing import ClassVar

from plynx_common.messages.base import Message


class ArtifactsVerify(Message):
    """Do these artifacts of the team still exist? Found ones are touched, so that garbage collection spares them."""

    type: ClassVar[str] = "artifacts.verify"

    ref: str
    """Chosen by the caller, returned with the answer."""
    team: str
    digests: tuple[str, ...]


class ArtifactsVerified(Message):
    type: ClassVar[str] = "artifacts.verified"

    ref: str
    absent: tuple[str, ...] = ()
    """Definitely absent."""
    error: str | None = None
    """The object store did not answer: no verdict about any of them."""
