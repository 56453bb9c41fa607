"""What every route works with, made once by `service.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.requests import HTTPConnection

from plynx_api.auditing import Audit
from plynx_api.dead_letters import DeadLetters
from plynx_api.fleet import Fleet
from plynx_api.limiting import Limits
from plynx_api.live.hub import Live
from plynx_api.live.tailing import Tails
from plynx_api.partitions import Partitions
from plynx_api.scripts import Scripts
from plynx_api.settings import ApiSettings
from plynx_api.site import Site
from plynx_api.tickets import Tickets
from plynx_common.domain.tokens import Signer
from plynx_common.repositories.api_tokens import ApiTokens
from plynx_common.repositories.logs import LogReader
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import Runs
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.health import Health


@dataclass(frozen=True, slots=True)
class ApiContext:
    settings: ApiSettings
    backends: Backends
    signer: Signer
    tokens: ApiTokens
    tickets: Tickets
    limits: Limits
    audit: Audit
    runs: Runs
    node_runs: NodeRuns
    logs: LogReader
    live: Live
    dead_letters: DeadLetters
    tails: Tails
    fleet: Fleet
    scripts: Scripts
    partitions: Partitions
    health: Health
    site: Site | None
    """The browser application, where it is built."""


def context_of(connection: HTTPConnection) -> ApiContext:
    return cast("ApiContext", connection.app.state.context)


async def _context(request: Request) -> ApiContext:
    return context_of(request)


Context = Annotated[ApiContext, Depends(_context)]
