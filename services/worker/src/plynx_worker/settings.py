"""Settings of the worker, prefix `PLYNX_WORKER_`."""

from __future__ import annotations

import os
import resource
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from plynx_common.runtime.settings import ServiceSettings

RESOURCES = {name.removeprefix("RLIMIT_").lower() for name in dir(resource) if name.startswith("RLIMIT_")}


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def physical_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def default_slots() -> int:
    """Twice the cores: while one script of a core ends and reports, another runs."""
    return max(2, 2 * cores())


class WorkerSettings(ServiceSettings):
    """The worker: what it serves, how much it runs at once, and how long it waits."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_WORKER_")

    service: ClassVar[str] = "worker"

    name: str = Field(
        "",
        description="Name of this worker, unique on the platform. By default the host's; its state (incarnation, "
        "artifact cache, working directories) is kept under it in the state directory.",
    )
    token: SecretStr | None = Field(
        None, description="Pool token: the right to serve the pools, made with `plynx pool token`."
    )
    pools: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Full names of the pools it serves, separated by commas; by default <team>/default."
    )
    slots: int = Field(
        default_factory=default_slots,
        ge=1,
        le=1000,
        description="Scripts that run at once; by default twice the cores.",
    )
    cpu: float = Field(default_factory=cores, ge=0, description="Cores that nodes may ask for together.")
    memory: int = Field(
        default_factory=physical_memory, ge=0, description="Bytes of memory that nodes may ask for together."
    )
    gpu: int = Field(0, ge=0, description="GPUs that nodes may ask for together.")
    tags: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="What nodes with such tags may find here, separated by commas."
    )
    drain: timedelta = Field(
        timedelta(seconds=20), description="How long a stopping worker lets scripts run before it gives them back."
    )
    settle: timedelta = Field(
        timedelta(seconds=20), description="How long a stopping worker waits for its results to be known as stored."
    )
    grace: timedelta = Field(
        timedelta(seconds=5), description="Between TERM and KILL for a script that is cancelled or out of time."
    )
    cache_bytes: int = Field(
        5 * 1024**3, ge=0, description="Size of the local cache of artifacts; the least recently used go first."
    )
    transfers_refused: timedelta = Field(
        timedelta(minutes=10),
        description="How long transfers that fail are tried again until the attempt ends as an infrastructure failure.",
    )
    cloud_prefix: str = Field(
        "",
        description="Where outputs of type cloud-storage are allotted, such as s3://bucket/plynx; empty: nowhere.",
    )
    inherited: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names of variables of the worker's own environment that scripts see beside PATH, LANG, LC_ALL, "
        "LC_CTYPE and TZ, separated by commas.",
    )

    limits: Annotated[dict[str, int], NoDecode] = Field(
        {"core": 0},
        description="Resource limits of every script as <name>=<value>, separated by commas, by their names in "
        "setrlimit(2) in lower case: nofile=4096,core=0. A core dump would hold a script's memory, so there is none.",
    )

    @field_validator("limits", mode="before")
    @classmethod
    def _limits_by_name(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [(part.strip(), *part.partition("=")[::2]) for part in value.split(",") if part.strip()]
        for part, _, number in pairs:
            if not number.strip().removeprefix("-").isdecimal():
                raise ValueError(f"limit '{part}': expected <name>=<a whole number>")
        return {name.strip(): int(number) for _, name, number in pairs}

    @field_validator("limits")
    @classmethod
    def _known_limits(cls, limits: dict[str, int]) -> dict[str, int]:
        for name, value in limits.items():
            if name not in RESOURCES or value < 0:
                expected = f"<name>=<0 or more>, where the names are {', '.join(sorted(RESOURCES))}"
                raise ValueError(f"limit '{name}={value}': expected {expected}")
        return limits

    @field_validator("pools", "tags", "inherited", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @field_validator("pools")
    @classmethod
    def _full_names(cls, pools: tuple[str, ...]) -> tuple[str, ...]:
        for pool in pools:
            team, separator, name = pool.partition("/")
            if not (team and separator and name) or "/" in name:
                raise ValueError(f"pool '{pool}': expected a full name, <team>/<pool>")
        return tuple(dict.fromkeys(pools))

    @property
    def served_pools(self) -> tuple[str, ...]:
        return self.pools or (f"{self.team}/default",)
