"""Settings of the scheduler, prefix `PLYNX_SCHEDULER_`."""

from __future__ import annotations

import platform
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from plynx_common.runtime.settings import ServiceSettings


class SchedulerSettings(ServiceSettings):
    """What the scheduler can be told."""

    model_config = SettingsConfigDict(env_prefix="PLYNX_SCHEDULER_")

    lease: Literal["shared", "exclusive"] = Field(
        "shared",
        description="shared: instances share the partitions by lease documents. exclusive: the lock on the embedded "
        "store is the lease, this instance owns every partition from start to stop.",
    )
    partitions: int = Field(
        16, ge=1, le=1024, description="Number of partitions, fixed in the store when it is made; `plynx up` makes 1."
    )
    interpreter: str = Field(
        platform.python_version(),
        description="Version of the workers' Python, part of the cache key of operations in a Python kind.",
    )
    termination_grace: float = Field(
        60.0, gt=0, description="Seconds past a node's time limit after which a worker's report ends the attempt."
    )
