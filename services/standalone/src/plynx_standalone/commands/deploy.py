"""`plynx deploy`: what must be there before the services of a deployment run; asks no platform."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Deployment: secrets, token.")


@app.callback()
def deploy() -> None:
    """See docs/how-to/deploy.md."""


@app.command("secrets")
def secrets(
    host: Annotated[str, typer.Option("--host", help="This machine, as people, workers and services all reach it.")],
) -> None:
    """Print fresh secrets and pool tokens for docker-compose.yml, as a file `.env` takes them."""
    from plynx_standalone.deployment import fresh_variables

    for name, value in fresh_variables(host).items():
        sys.stdout.write(f"{name}={value}\n")


@app.command("token")
def token(
    pools: Annotated[list[str], typer.Argument(metavar="POOL...", help="Full names, `team/gpu`.")],
    worker: Annotated[str, typer.Option("--worker", "-w", help="PLYNX_WORKER_NAME of the worker that will hold it.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid.")] = 365,
) -> int:
    """Print a worker's right to serve pools, signed here with PLYNX_SECRET: no platform need run."""
    from datetime import timedelta

    from plynx_common.domain.errors import PlynxError
    from plynx_common.runtime.settings import PlatformSettings
    from plynx_standalone.deployment import PooledWorker, pool_token

    try:
        secret = PlatformSettings.load().secret
        if secret is None:
            sys.stderr.write("plynx deploy: PLYNX_SECRET is not set: it is the one that the services have\n")
            return 2
        signed = pool_token(secret.get_secret_value(), PooledWorker(worker, tuple(pools)), timedelta(days=days))
    except PlynxError as error:
        sys.stderr.write(f"plynx deploy: {error}\n")
        return 2
    sys.stdout.write(f"{signed}\n")
    return 0
