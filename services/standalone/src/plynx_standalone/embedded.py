"""The whole platform in one process: storage → scheduler → worker → api, left in the reverse order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from plynx_api.service import api_service
from plynx_api.settings import ApiSettings
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.runtime.home import signing_secret
from plynx_common.runtime.service import Start
from plynx_scheduler.service import scheduler_service
from plynx_scheduler.settings import SchedulerSettings
from plynx_storage.service import storage
from plynx_storage.settings import StorageSettings
from plynx_worker.service import worker_service
from plynx_worker.settings import WorkerSettings

WORKER = "embedded"
TOKEN_LIFE = timedelta(days=365)
"""Of the embedded worker's pool token: a fresh one is made at every start."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Settings of the services, agreed with each other."""

    storage: StorageSettings
    scheduler: SchedulerSettings
    worker: WorkerSettings
    api: ApiSettings

    @classmethod
    def load(cls, **given: Any) -> Embedded:
        """From the environment. Raises `Misconfigured`."""
        storage_settings = StorageSettings.load(**given)
        if "transfer_url" not in storage_settings.model_fields_set:
            given["transfer_url"] = f"http://127.0.0.1:{storage_settings.port}"
            storage_settings = StorageSettings.load(**given)
        scheduler = SchedulerSettings.load(lease="exclusive", partitions=1, **given)
        worker = WorkerSettings.load(**given)
        if worker.token is None:
            worker = WorkerSettings.load(**given, name=worker.name or WORKER, token=_pool_token(worker))
        return cls(storage_settings, scheduler, worker, ApiSettings.load(**given))

    def starts(self) -> tuple[Start, ...]:
        return (
            partial(storage, self.storage),
            partial(scheduler_service, self.scheduler),
            partial(worker_service, self.worker),
            partial(api_service, self.api),
        )


def _pool_token(settings: WorkerSettings) -> str:
    token = PoolToken(settings.team, settings.name or WORKER, settings.served_pools)
    return token.sign(Signer(signing_secret(settings)), expires_at=datetime.now(UTC) + TOKEN_LIFE)
