"""Settings: frozen, from the environment, one class per prefix; what is misspelt is an error and not ignored."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from plynx_common.domain.errors import Misconfigured
from plynx_common.domain.ids import TEAM

PREFIX = "PLYNX_"
SERVICE_PREFIXES = ("PLYNX_API_", "PLYNX_SCHEDULER_", "PLYNX_STORAGE_", "PLYNX_WORKER_")
"""Everything below these must be known; other variables (`PLYNX_INPUT_…`) may be somebody else's."""
SCRIPT_PREFIXES = ("PLYNX_INPUT_", "PLYNX_OUTPUT_", "PLYNX_PARAM_")


def _sqlite_in_home(fields: dict[str, Any]) -> str:
    return f"sqlite://{quote(str(fields['home'] / 'plynx.db'))}" if "home" in fields else ""


def _folder_in_home(fields: dict[str, Any]) -> str:
    return f"file://{quote(str(fields['home'] / 'objects'))}" if "home" in fields else ""


class PlatformSettings(BaseSettings):
    """What every service of one platform agrees on."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=PREFIX, populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Field(
        default=Path("~/.plynx"),
        validation_alias="PLYNX_HOME",
        validate_default=True,
        description="State directory of this machine: the embedded store, artifacts, the signing secret, worker state.",
    )
    bus_url: str = Field(
        default="memory://",
        validation_alias="PLYNX_BUS_URL",
        description="Message bus: amqp://<user>:<password>@<host>/<vhost> of a RabbitMQ, amqps:// with TLS. memory:// "
        "means that all services run in one process.",
    )
    documents_url: str = Field(
        default_factory=_sqlite_in_home,
        validation_alias="PLYNX_DOCUMENTS_URL",
        description="Document store: mongodb://<host>/<database> of a replica set, sqlite:///<absolute path> for one "
        "process, or memory:// for throw-away platforms (nothing survives a stop). By default plynx.db in the state "
        "directory.",
    )
    documents_driver: Literal["pymongo", "motor"] = Field(
        default="pymongo",
        validation_alias="PLYNX_DOCUMENTS_DRIVER",
        description="Client library of the MongoDB document store: PyMongo's own asynchronous client, or motor.",
    )
    objects_url: str = Field(
        default_factory=_folder_in_home,
        validation_alias="PLYNX_OBJECTS_URL",
        description="Object store that holds the bytes of artifacts: s3://<key>:<secret>@<host>:<port>/<bucket>, "
        "file:///<absolute path>, or memory:// for throw-away platforms. By default objects/ in the state directory.",
    )
    transfer_url: str = Field(
        default="http://127.0.0.1:8471",
        validation_alias="PLYNX_TRANSFER_URL",
        description="Where workers and clients reach the storage service's transfer endpoint; part of every signed "
        "address.",
    )
    secret: SecretStr | None = Field(
        default=None,
        validation_alias="PLYNX_SECRET",
        description="Signs tokens, receipts and addresses; at least 32 characters, the same for all services. By "
        "default made at the first start and kept in secret.key in the state directory.",
    )
    team: str = Field(
        default="default",
        validation_alias="PLYNX_TEAM",
        pattern=f"^{TEAM.pattern}$",
        description="Team that the first administrator and a worker's default pool belong to.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias="PLYNX_LOG_LEVEL", description="The least severe events that are logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        validation_alias="PLYNX_LOG_FORMAT",
        description="One JSON object a line, or columns for people; auto: people on a terminal, JSON elsewhere.",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether all services run in one process."""
        return self.bus_url.startswith("memory:")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < 32:
            raise ValueError("a secret has at least 32 characters; make one with: openssl rand -hex 32")
        return secret

    @classmethod
    def load(cls, **given: Any) -> Self:
        """From the environment and what is given (it wins); raises `Misconfigured` that names the variable."""
        refuse_unknown(os.environ, cls)
        try:
            return cls(**given)
        except ValidationError as error:
            raise Misconfigured(_in_words(error, cls)) from error


class ServiceSettings(PlatformSettings):
    """Base of a service's own settings, which set their own `env_prefix`.

    The platform's fields are in them too, and keep their `PLYNX_…` names because they have aliases.
    """

    probe_host: str = Field(
        "127.0.0.1", description="Address of /healthz, /readyz and /metrics, where the service is a process of its own."
    )
    probe_port: int = Field(
        0, ge=0, le=65535, description="Port of /healthz, /readyz and /metrics; with 0 a free one is taken, and logged."
    )


def variable_of(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return alias if isinstance(alias, str) else f"{settings.model_config.get('env_prefix', '')}{name}".upper()


def refuse_unknown(environment: Mapping[str, str], settings: type[BaseSettings]) -> None:
    """Raises `Misconfigured` for variables that look like settings of this class and are none."""
    known = [variable_of(settings, name, field) for name, field in settings.model_fields.items()]
    unknown = [line for name in environment if (line := _complaint(name.upper(), known, settings))]
    if unknown:
        raise Misconfigured("; ".join(sorted(unknown)))


def _complaint(name: str, known: Iterable[str], settings: type[BaseSettings]) -> str:
    if name in known or not name.startswith(PREFIX):
        return ""
    prefix = settings.model_config.get("env_prefix", "")
    is_ours = prefix in SERVICE_PREFIXES and name.startswith(prefix)
    # Below PLYNX_ alone there are other people's names: only what is nearly one of ours is taken for a slip.
    cutoff = 0.0 if is_ours else 0.9
    nearest = get_close_matches(name, known, n=1, cutoff=cutoff)
    if not nearest or (not is_ours and name.startswith((*SERVICE_PREFIXES, *SCRIPT_PREFIXES))):
        return ""
    return f"unknown setting '{name}': did you mean '{nearest[0]}'? See docs/reference/settings.md"


def _in_words(error: ValidationError, settings: type[BaseSettings]) -> str:
    return "; ".join(_problem(dict(problem), settings) for problem in error.errors())


def _problem(problem: dict[str, Any], settings: type[BaseSettings]) -> str:
    """The value is not repeated: it may be a secret."""
    place = str(problem["loc"][0]) if problem["loc"] else ""
    field = settings.model_fields.get(place)
    variable = variable_of(settings, place, field) if field else place
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"setting '{variable}': {message[:1].lower()}{message[1:]}"
