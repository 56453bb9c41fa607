"""Settings of the storage service."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from plynx_common.runtime.settings import ServiceSettings
from plynx_storage.multipart import MEBIBYTE


class StorageSettings(ServiceSettings):
    """The storage service: grants for transfers, the artifact catalogue, the log archive."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_STORAGE_")

    service: ClassVar[str] = "storage"

    host: str = Field("127.0.0.1", description="Address that the transfer endpoint listens on.")
    port: int = Field(
        8471,
        ge=0,
        le=65535,
        description="Port of the transfer endpoint; with 0 a free one is taken. Where PLYNX_TRANSFER_URL is not set, "
        "signed addresses name this host and port.",
    )
    upload_expires: timedelta = Field(timedelta(minutes=15), description="How long an address for an upload is good.")
    download_expires: timedelta = Field(timedelta(minutes=5), description="How long an address for a download is good.")
    parts_above: int = Field(
        64 * MEBIBYTE, ge=1, description="Bytes above which an artifact is uploaded in parts, side by side."
    )
    part_size: int = Field(
        16 * MEBIBYTE,
        ge=5 * MEBIBYTE,
        le=1024 * MEBIBYTE,
        description="Bytes of one part; S3 takes none below 5 MiB. More where it would take over 10 000 parts.",
    )
    seal_after: timedelta = Field(
        timedelta(seconds=30),
        description="When the log of an attempt that cannot return, and left no final log, is sealed as truncated.",
    )
    chunks_kept: timedelta = Field(
        timedelta(minutes=5),
        description="How long chunks stay after the final log is known, for readers in the middle.",
    )
