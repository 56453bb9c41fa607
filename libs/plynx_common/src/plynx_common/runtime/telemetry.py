"""Metrics by Prometheus, traces by OpenTelemetry's API; the SDK is set up only where it is installed and asked for."""

from __future__ import annotations

import importlib
import os
import re
from typing import Any, TypeVar

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from plynx_common.domain.errors import Misconfigured

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"

_NAME = re.compile(r"plynx_[a-z]+(_[a-z]+)+")
_TRACEPARENT = "traceparent"
EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Content type of Prometheus' text format."""

M = TypeVar("M", Counter, Gauge, Histogram)

tracer = trace.get_tracer("plynx")


class Metrics:
    """The few numbers of one platform, `plynx_<noun>_<measure>`; asked for twice, a metric is the same one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._known: dict[str, Counter | Gauge | Histogram] = {}

    def counter(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Counter:
        return self._metric(Counter, name, meaning, labels)

    def gauge(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Gauge:
        return self._metric(Gauge, name, meaning, labels)

    def histogram(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Histogram:
        return self._metric(Histogram, name, meaning, labels)

    def exposition(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)

    def _metric(self, kind: type[M], name: str, meaning: str, labels: tuple[str, ...]) -> M:
        if not _NAME.fullmatch(name):
            raise ValueError(f"metric '{name}': expected plynx_<noun>_<measure>")
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = kind(name, meaning, labels, registry=self.registry)
        if not isinstance(known, kind):
            raise TypeError(f"metric '{name}' is a {type(known).__name__}, and was asked for as a {kind.__name__}")
        return known


METRICS = Metrics()


def traceparent() -> str | None:
    """Of the current span, in W3C form, for a message or a script's environment; None outside of any."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get(_TRACEPARENT)


def context_of(parent: str | None) -> Context:
    """What a span has to be started in to continue the trace of a message."""
    return propagate.extract({_TRACEPARENT: parent} if parent else {})


def configure_telemetry(service: str) -> None:
    """Sends spans where `OTEL_EXPORTER_OTLP_ENDPOINT` says; without it there is nothing to do, and nothing to pay."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return
    try:
        sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
        export: Any = importlib.import_module("opentelemetry.sdk.trace.export")
        resources: Any = importlib.import_module("opentelemetry.sdk.resources")
        otlp: Any = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"{ENDPOINT_VARIABLE} is set, and '{error.name}' is not installed: "
            "install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http, or unset it"
        ) from error
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": f"plynx-{service}"}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
