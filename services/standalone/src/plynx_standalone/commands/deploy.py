"""`plynx deploy`: what is needed before the services of a deployment run, or behind them; asks no platform."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Deployment: secrets, token, owner."
)

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@app.callback()
def deploy() -> None:
    """See docs/how-to/deploy.md."""


@app.command("secrets")
def secrets(
    host: Annotated[str, typer.Option("--host", help="This machine, as people, workers and services all reach it.")],
) -> int:
    """Print fresh secrets and pool tokens for docker-compose.yml, as a file `.env` takes them."""
    from plynx_common.domain.errors import InvalidInput
    from plynx_standalone.deployment import fresh_variables

    def make() -> str:
        if host in LOOPBACK:
            raise InvalidInput(
                f"--host '{host}' is another machine in each container: give the name or address that others use"
            )
        return "\n".join(f"{name}={value}" for name, value in fresh_variables(host).items())

    return _print(make)


@app.command("token")
def token(
    pools: Annotated[list[str], typer.Argument(metavar="POOL...", help="Full names, `team/gpu`.")],
    worker: Annotated[str, typer.Option("--worker", "-w", help="PLYNX_WORKER_NAME of the worker that will hold it.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid.")] = 365,
) -> int:
    """Print a worker's right to serve pools, signed here with PLYNX_SECRET: no platform need run."""
    from datetime import timedelta

    from plynx_common.domain.errors import Misconfigured
    from plynx_common.runtime.settings import PlatformSettings
    from plynx_standalone.deployment import PooledWorker, pool_token

    def make() -> str:
        secret = PlatformSettings.load().secret
        if secret is None:
            raise Misconfigured("PLYNX_SECRET is not set: take the one that the services have")
        return pool_token(secret.get_secret_value(), PooledWorker(worker, tuple(pools)), timedelta(days=days))

    return _print(make)


@app.command("owner")
def owner(
    team: Annotated[str, typer.Argument(metavar="TEAM", help="A team that has nobody yet.")],
) -> int:
    """Print an owner's API token of a team; takes the secret and the stores that the services have."""
    import asyncio

    from plynx_common.runtime.settings import PlatformSettings
    from plynx_standalone.deployment import team_owner_token

    return _print(lambda: asyncio.run(team_owner_token(PlatformSettings.load(), team)))


def _print(make: Callable[[], str]) -> int:
    from plynx_common.domain.errors import PlynxError

    try:
        made = make()
    except PlynxError as error:
        sys.stderr.write(f"plynx deploy: {error}\n")
        return 2
    sys.stdout.write(f"{made}\n")
    return 0
