"""The wiring of the API."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog

from plynx_api.app import make_app
from plynx_api.auditing import Audit
from plynx_api.context import ApiContext
from plynx_api.dead_letters import DeadLetters
from plynx_api.first_token import CLIENT_FILE, Address, welcome
from plynx_api.fleet import Fleet
from plynx_api.limiting import Limits
from plynx_api.live.hub import Live
from plynx_api.live.tailing import Tails
from plynx_api.partitions import Partitions
from plynx_api.scripts import Scripts
from plynx_api.settings import ApiSettings
from plynx_api.site import load_site
from plynx_api.tickets import Tickets
from plynx_common.domain.tokens import Signer
from plynx_common.repositories.api_tokens import ApiTokens
from plynx_common.repositories.indexes import INDEXES
from plynx_common.repositories.logs import LogReader
from plynx_common.repositories.node_runs import NodeRuns
from plynx_common.repositories.runs import Runs
from plynx_common.runtime.backends import Backends
from plynx_common.runtime.counting import counted_http
from plynx_common.runtime.health import watching_health
from plynx_common.runtime.home import signing_secret
from plynx_common.runtime.kinds.registry import load_kinds
from plynx_common.runtime.rendering.renderer import Renderer
from plynx_common.runtime.serving import Serving, serving

log = structlog.get_logger()


@asynccontextmanager
async def api_service(
    settings: ApiSettings, backends: Backends, on_address: Callable[[Address], object] | None = None
) -> AsyncGenerator[Address]:
    """Entered: it answers, at the address that is yielded. Left: what was begun is answered, followers are sent off.

    Without `on_address` the way in is printed, its secret on a terminal only: other outputs are kept as logs.
    """
    await backends.documents.ensure_indexes(INDEXES)
    async with AsyncExitStack() as stack:
        context = await make_context(settings, backends, stack)
        app = counted_http(make_app(context), "api")
        options = Serving(websockets=True, trusted_proxies=settings.trusted_proxies)
        port = await stack.enter_async_context(
            serving(app, settings.host, settings.port, setting="PLYNX_API_PORT", options=options)
        )
        stack.callback(context.live.close)
        address = await welcome(settings, backends.documents, context.tokens, settings.url(port))
        log.info("api_served", url=address.url)
        (on_address or partial(_print, is_embedded=settings.is_embedded))(address)
        yield address


def _print(address: Address, *, is_embedded: bool) -> None:
    sys.stdout.write(f"PLynx: {_way_in(address, is_embedded=is_embedded)}\n")
    sys.stdout.flush()


def _way_in(address: Address, *, is_embedded: bool) -> str:
    """What a service of its own prints is kept with the logs of all, where a token must not be."""
    if address.sign_in_link is None or sys.stdout.isatty() or is_embedded:
        return address.sign_in_link or address.url
    return f"{address.url} (sign in with the token in {CLIENT_FILE} of PLYNX_HOME)"


async def make_context(settings: ApiSettings, backends: Backends, stack: AsyncExitStack) -> ApiContext:
    documents, clock = backends.documents, backends.clock
    signer = Signer(signing_secret(settings))
    fleet = Fleet(signer, clock)
    logs, node_runs = LogReader(documents, backends.objects), NodeRuns(documents)
    tokens = ApiTokens(documents, clock, backends.ids, signer)
    live = await stack.enter_async_context(Live(backends.bus, backends.ids, fleet.note, settings.most_followers))
    return ApiContext(
        settings=settings,
        backends=backends,
        signer=signer,
        tokens=tokens,
        tickets=Tickets(documents, clock, backends.ids, tokens),
        limits=Limits(clock, settings.rate_limit, settings.stranger_rate_limit),
        audit=await stack.enter_async_context(Audit(documents, clock, backends.ids, settings.team)),
        runs=Runs(documents),
        node_runs=node_runs,
        logs=logs,
        live=live,
        dead_letters=DeadLetters(backends.bus),
        tails=Tails(live, logs, node_runs),
        fleet=fleet,
        scripts=Scripts(load_kinds(await stack.enter_async_context(Renderer()))),
        partitions=Partitions(documents),
        health=await stack.enter_async_context(watching_health(backends)),
        site=await asyncio.to_thread(load_site, settings),
    )
