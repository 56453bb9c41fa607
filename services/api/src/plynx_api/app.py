"""The application: every resource under `/api/v1`, every error a problem, one OpenAPI document for all."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from plynx_api import problems
from plynx_api.context import ApiContext
from plynx_api.front import App, Front
from plynx_api.methods import Methods
from plynx_api.policy import PUBLIC, ROUTE_POLICY
from plynx_api.problem_types import problem_types
from plynx_api.routes import (
    artifacts,
    audit,
    dead_letters,
    files,
    graph_checks,
    graph_history,
    graphs,
    health,
    live,
    operation_usage,
    operations,
    run_actions,
    run_insights,
    run_nodes,
    runs,
    search,
    sign_in,
    site,
    tokens,
    workers,
)

PREFIX = "/api/v1"
VERSION = "1.2.0"
DESCRIPTION = "Runs data-driven experiments: graphs of operations, their runs, artifacts and logs."
RESOURCES = (
    live,  # before `/runs/{run_id}`
    runs,
    run_actions,
    run_insights,
    run_nodes,
    artifacts,
    operations,
    operation_usage,
    graphs,
    graph_checks,
    graph_history,
    files,
    search,
    workers,
    tokens,
    audit,
    dead_letters,
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": problems.Problem, "description": "The request's fault, by RFC 9457."},
    "5XX": {"model": problems.Problem, "description": "The platform's fault, by RFC 9457."},
}


class PlynxApp(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """With problems under their own content type, and without FastAPI's own form of them."""
        if self.openapi_schema is None:
            document = super().openapi()
            for methods in document["paths"].values():
                for operation in methods.values():
                    _correct(operation["responses"])
                    for parameter in operation.get("parameters", []):
                        _without_null(parameter["schema"])
                    if ROUTE_POLICY[operation["operationId"]] == PUBLIC:
                        operation["security"] = []
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
            document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"token": []}]
            document["x-problems"] = problem_types()
            self.openapi_schema = document
        return self.openapi_schema


def _correct(responses: dict[str, Any]) -> None:
    responses.pop("422", None)
    for status in ("4XX", "5XX"):
        content: dict[str, Any] = responses[status]["content"]
        responses[status]["content"] = {problems.CONTENT_TYPE: next(iter(content.values()))}


def _without_null(schema: dict[str, Any]) -> None:
    """A parameter is left out or there: neither a query nor a header can say null."""
    if "anyOf" in schema:
        kinds = [kind for kind in schema.pop("anyOf") if kind != {"type": "null"}]
        schema.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def make_application(context: ApiContext) -> PlynxApp:
    app = PlynxApp(
        title="PLynx",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        responses=_PROBLEMS,
    )
    app.state.context = context
    app.state.methods = methods = Methods()
    problems.install(app)
    # Straight into the application: each router in a router is one more list to be searched at every request.
    for resource in RESOURCES:
        app.include_router(resource.router, prefix=PREFIX)
        methods.add(PREFIX, resource.router.routes)
    for router in (health.router, sign_in.router, site.router, live.websockets):
        app.include_router(router)
        methods.add("", router.routes)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def make_app(context: ApiContext) -> App:
    """What a server serves."""
    return Front(make_application(context), context.backends.ids)
