"""What a deployment of separate services needs from outside: secrets, workers' tokens, the first owner of a team."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plynx_api.first_token import admin_token
from plynx_common.domain.errors import InvalidInput
from plynx_common.domain.ids import TEAM
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.repositories.api_tokens import ApiTokens
from plynx_common.runtime.backends import open_backends
from plynx_common.runtime.home import signing_secret
from plynx_common.runtime.settings import PlatformSettings

TOKEN_LIFE = timedelta(days=365)
PASSWORDS = (
    "PLYNX_BUS_PASSWORD",
    "PLYNX_BUS_WORKER_PASSWORD",
    "PLYNX_DOCUMENTS_PASSWORD",
    "PLYNX_OBJECTS_PASSWORD",
)


@dataclass(frozen=True, slots=True)
class PooledWorker:
    name: str
    pools: tuple[str, ...]
    """Full names, `<team>/<pool>`, of one team."""

    @property
    def variable(self) -> str:
        """Of the deployment, that holds its token."""
        return f"PLYNX_POOL_TOKEN_{self.name.upper().replace('-', '_')}"


WORKERS = (PooledWorker("default", ("default/default",)), PooledWorker("vision", ("vision/gpu",)))
"""Those of docker-compose.yml."""


def fresh_variables(host: str, workers: Iterable[PooledWorker] = WORKERS) -> dict[str, str]:
    """All that docker-compose.yml must be told; `host`: this machine, as people, workers and services all reach it."""
    secret = _random()
    return {
        "PLYNX_HOST": host,
        "PLYNX_SECRET": secret,
        **{name: _random() for name in PASSWORDS},
        **{worker.variable: pool_token(secret, worker) for worker in workers},
    }


def pool_token(secret: str, worker: PooledWorker, life: timedelta = TOKEN_LIFE) -> str:
    """As a running API makes it too. Raises `InvalidInput`."""
    teams = {_team(pool) for pool in worker.pools}
    if len(teams) != 1:
        raise InvalidInput(
            f"pools {', '.join(worker.pools) or '(none)'}: expected one or more of one team; start a worker per team"
        )
    token = PoolToken(teams.pop(), worker.name, worker.pools)
    return token.sign(Signer(secret.encode()), expires_at=datetime.now(UTC) + life)


async def team_owner_token(settings: PlatformSettings, team: str) -> str:
    """Of a team's first owner, who makes all further tokens; needs the stores that the services have."""
    if not re.fullmatch(TEAM.pattern, team):
        raise InvalidInput(f"team '{team}': expected a name like {TEAM.pattern}")
    async with open_backends(settings) as backends:
        signer = Signer(signing_secret(settings))
        tokens = ApiTokens(backends.documents, backends.clock, backends.ids, signer)
        return await admin_token(tokens, team, "made by plynx deploy owner")


def _team(pool: str) -> str:
    team, _, name = pool.partition("/")
    if not (team and name) or "/" in name:
        raise InvalidInput(f"pool '{pool}': expected a full name, <team>/<pool>")
    return team


def _random() -> str:
    """Nothing but letters and digits: it becomes part of URLs."""
    return secrets.token_hex(32)
