"""What probes and monitors ask."""

from __future__ import annotations

from fastapi import APIRouter, Response

from plynx_api.context import Context
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.runtime.telemetry import EXPOSITION_TYPE, METRICS

router = APIRouter(route_class=GuardedRoute, tags=["health"])


class Liveness(View):
    status: str


class Readiness(View):
    status: str
    problems: dict[str, str]
    """What does not answer, and how."""


@router.get("/healthz")
async def get_liveness(context: Context, response: Response) -> Liveness:
    is_live = context.health.is_live()
    response.status_code = 200 if is_live else 503
    return Liveness(status="live" if is_live else "stuck")


@router.get("/readyz")
async def get_readiness(context: Context, response: Response) -> Readiness:
    problems = await context.health.problems()
    response.status_code = 503 if problems else 200
    return Readiness(status="waiting" if problems else "ready", problems=dict(problems))


@router.get("/metrics", response_class=Response)
async def get_metrics(caller: Caller) -> Response:
    """In Prometheus' text format."""
    del caller
    return Response(METRICS.exposition(), media_type=EXPOSITION_TYPE)
